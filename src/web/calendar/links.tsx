// The contacts, accounts, opportunities and leads an event is about, in its form.
import { ask } from "../api/client";
import { FindRecordsDocument } from "../api/operations";
import { say } from "../languages/say";
import { CloseIcon } from "../ui/icons";
import { RECORD_TYPES } from "../ui/record-types";
import { type Offer, Suggest } from "../ui/suggest";
import type { LinkedRecord } from "./draft";

const OFFERED = 8;

async function find(text: string): Promise<Offer<LinkedRecord>[]> {
  const { records } = await ask(FindRecordsDocument, { type: null, q: text, first: OFFERED });
  return records.edges.map(({ node: { id, type, name } }) => ({
    key: type + id,
    label: name,
    detail: type,
    value: { id, type, name },
  }));
}

/** What is said of a text that is left in the field. */
export const linkFault = (text: string): string =>
  say("“{text}” is no record yet. Choose one from the list, or take it out.", { text: text.trim() });

interface LinksProps {
  links: LinkedRecord[];
  onChange: (links: LinkedRecord[]) => void;
  /** What stands in the field and is no record yet. */
  text: string;
  onText: (text: string) => void;
}

export function Links({ links, onChange, text, onText }: LinksProps) {
  const add = (link: LinkedRecord): void => {
    if (!links.some(({ type, id }) => type === link.type && id === link.id)) onChange([...links, link]);
  };
  return (
    <section class="links">
      <h3>{say("About")}</h3>
      <Suggest
        label={say("Link a record")}
        placeholder={say("Contact, account, opportunity or lead")}
        text={text}
        onText={onText}
        find={find}
        onPick={add}
        faultOf={linkFault}
      />
      <ul class="chips">
        {links.map((link) => (
          <li key={link.type + link.id} class="chip">
            <small>{RECORD_TYPES[link.type]}</small> <span dir="auto">{link.name}</span>
            <button
              type="button"
              aria-label={say("Unlink {name}", { name: link.name })}
              onClick={() => onChange(links.filter((one) => one !== link))}
            >
              <CloseIcon />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
