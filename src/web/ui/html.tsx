// Descriptions, which may be HTML from anybody's mailbox. What looks like HTML goes through the sanitiser, and keeps
// text, lists, tables and links; everything else is shown as the text it is.
import DOMPurify from "dompurify";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";

const TAGS = (
  "a b blockquote br code div em h1 h2 h3 h4 h5 h6 hr i li ol p pre s small span strong sub sup table tbody td th " +
  "thead tr u ul"
).split(" ");

/** A tag, and later its end. Two steps, since one expression would look for the end anew from each beginning. */
export function looksLikeHtml(text: string): boolean {
  const tag = text.search(/<\/?[a-z]/i);
  return tag >= 0 && text.indexOf(">", tag) >= 0;
}

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName !== "A") return;
  node.setAttribute("target", "_blank");
  node.setAttribute("rel", "noopener noreferrer");
});

/** No styles, no images: nothing that could reach out, or pass for a part of the page. */
const clean = (html: string) =>
  DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ["href", "dir", "lang", "colspan", "rowspan", "start"],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel):/i,
    RETURN_TRUSTED_TYPE: true,
  });

export function RichText({ text }: { text: string }) {
  if (looksLikeHtml(text)) return <Html text={text} />;
  return (
    <p class="rich-text plain" dir="auto">
      <Linked text={text} />
    </p>
  );
}

/** A web address, without the punctuation that a sentence ends in. */
const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>".,:;!?'\])}]/gi;

/** Text whose web addresses are links. */
export function Linked({ text }: { text: string }) {
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    parts.push(text.slice(from, index), <Outward address={address} />);
    from = index + address.length;
  }
  return (
    <>
      {parts}
      {text.slice(from)}
    </>
  );
}

const Outward = ({ address }: { address: string }) => (
  <a href={address} target="_blank" rel="noopener noreferrer">
    {address}
  </a>
);

/** The words of a description, whatever it is written in, in one line. */
export function plainWords(text: string): string {
  const spaced = text.replace(/<(?:br|\/p|\/div|\/li|\/tr|\/td)/gi, " $&");
  const words = looksLikeHtml(text)
    ? DOMPurify.sanitize(spaced, { ALLOWED_TAGS: TAGS, RETURN_DOM_FRAGMENT: true }).textContent
    : text;
  return (words ?? "").replace(/\s+/g, " ").trim();
}

function Html({ text }: { text: string }) {
  // The browser takes a TrustedHTML where its types know only strings.
  const html = useMemo(() => clean(text) as unknown as string, [text]);
  return <div class="rich-text" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}
