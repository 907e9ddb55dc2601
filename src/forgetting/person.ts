// Whom an export or an erasure is about, and how they are looked for: the person at an address, as migrations/functions/person.sql
// finds them in one organisation.
import type { Context } from "../context";
import { columns, number, selectRow, selectRows, sql, text } from "../database/rows";
import type { Queryable } from "../database/text-rows";
import { emailAddress, splitAddress } from "../values/address";
import { Faults } from "../values/faults";

/** So many rows of events, or of their history, are looked through in one statement. */
export const MAX_PIECE = 1_000;

/** An address as a client gave it. Refuses, as `bad_request` naming `email`, what could be nobody's. */
export function readAddress(given: string): string {
  const faults = new Faults();
  emailAddress(given, "email", faults);
  faults.throwIfAny();
  return splitAddress(given).address;
}

/** Stands for somebody who was erased: there is nothing to be found behind it. */
export const isMask = (address: string): boolean => /^erased-\d+@erased\.invalid$/i.test(address);

/** The text of a tidemark_person. */
export type Person = string;

const PERSON = columns({ person: text("find_person") });

/** The person at an address in the caller's organisation, whether or not anything is known of them. */
export const findPerson = ({ caller }: Context, on: Queryable, address: string): Promise<Person> =>
  findPersonIn(on, caller.organisationId, address);

/** The same in any organisation. */
export async function findPersonIn(on: Queryable, organisationId: string, address: string): Promise<Person> {
  const found = await selectRow(
    on,
    PERSON,
    sql`select ${PERSON} from (select find_person(${organisationId}, ${address}, ${null}::text)::text) found`,
  );
  if (!found) throw new Error("The database does not say who somebody is.");
  return found.person;
}

/** An event whose texts name a person, and which of its fields do. */
export interface TextsFound {
  eventId: string;
  fields: string[];
}

const TEXTS = columns({ id: number("id"), fields: text("fields") });

/** Events whose texts name the person, by id: up to so many. They are for people to look at: nothing guesses what they mean. */
export async function findTexts({ db }: Context, person: Person, most: number): Promise<TextsFound[]> {
  const found: TextsFound[] = [];
  for (let after: number | null = 0; after !== null && found.length <= most;) {
    const rows: { id: number; fields: string }[] = await selectRows(
      db.pool,
      TEXTS,
      sql`select ${TEXTS} from texts_of_events(${person}::tidemark_person, ${after}, ${MAX_PIECE})`,
    );
    for (const { id, fields } of rows)
      if (fields !== "") found.push({ eventId: String(id), fields: fields.split(",") });
    after = rows.at(-1)?.id ?? null;
  }
  return found;
}
