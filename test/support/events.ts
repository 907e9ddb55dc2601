// Events for the tests of the pages, made and looked at through REST, past the page.
import type { Person } from "./world";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds: tests look into them freely */

/** A kick-off on Monday, ten to eleven in Paris, but for what is given; answers its id. */
export async function make(owner: Person, input: object = {}): Promise<string> {
  const { body, status } = await owner.rest("POST", "/events", {
    subject: "Kick-off",
    startTime: "2026-03-02T10:00:00+01:00",
    endTime: "2026-03-02T11:00:00+01:00",
    ...input,
  });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body.id;
}

export async function change(who: Person, id: string, input: object): Promise<void> {
  const { status, body } = await who.rest("PATCH", `/events/${id}`, input);
  expect({ status, body }).toMatchObject({ status: 200 });
}

export const read = async (who: Person, id: string): Promise<any> =>
  (await who.rest("GET", `/events/${id}`)).body;

export const eventsOf = async (who: Person): Promise<any[]> =>
  (await who.rest("GET", "/events")).body.records;
