// The contacts, accounts, opportunities and leads an event is about, in its form.
import { ask } from "../api/client";
import { FindRecordsDocument } from "../api/operations";
import { CloseIcon } from "../ui/icons";
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

interface LinksProps {
  links: LinkedRecord[];
  onChange: (links: LinkedRecord[]) => void;
}

export function Links({ links, onChange }: LinksProps) {
  const add = (link: LinkedRecord): void => {
    if (!links.some(({ type, id }) => type === link.type && id === link.id)) onChange([...links, link]);
  };
  return (
    <section class="links">
      <h3>About</h3>
      <Suggest
        label="Link a record"
        placeholder="Contact, account, opportunity or lead"
        find={find}
        onPick={add}
      />
      <ul class="chips">
        {links.map((link) => (
          <li key={link.type + link.id} class="chip">
            <small>{link.type}</small> <span dir="auto">{link.name}</span>
            <button
              type="button"
              aria-label={`Unlink ${link.name}`}
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
