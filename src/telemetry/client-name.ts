/** An e-mail address is not plain, and neither is a sentence. */
const PLAIN = /^[A-Za-z0-9][\w .()+-]{0,39}$/;

/** A client's name where it may be told in logs and metrics, such as BrightSync; people can call a token anything. */
export const plainName = (name: string): string | null => (PLAIN.test(name) ? name : null);
