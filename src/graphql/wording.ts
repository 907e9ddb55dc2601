// Words of graphql-js and Apollo that leave a caller without the way on: the same refusals, with it.

/** Apollo tells of a browser's attacks. Whoever meets this forgot a header (@apollo/server, preventCsrf). */
const BY_NO_PROGRAM = /^This operation has been blocked as a potential Cross-Site Request Forgery/;
const WITHOUT_JSON = /^POST body missing, invalid Content-Type, or JSON object has no keys\.$/;
const WORD_FOR_TEXT = /^String cannot represent a non string value: ([A-Za-z_]\w*)$/;
const FIELD_OF_A_LIST = /^Cannot query field "\w+" on type "\w+Connection"\.$/;

/** What is said instead of `text`; `suggests`: with names of the schema. */
export function withTheWayOn(text: string, suggests: boolean): string {
  if (BY_NO_PROGRAM.test(text))
    return "Send Content-Type: application/json; with a GET, Apollo-Require-Preflight: true. No page of another site can send these unasked.";
  if (WITHOUT_JSON.test(text))
    return 'Send Content-Type: application/json, and a JSON object such as {"query": "{ me { name } }"}.';
  const [, word] = WORD_FOR_TEXT.exec(text) ?? [];
  if (word !== undefined) return `${text}. Write it as text: "${word}".`;
  if (suggests && FIELD_OF_A_LIST.test(text))
    return `${text} The rows of a list are in edges { node { … } }.`;
  return text;
}
