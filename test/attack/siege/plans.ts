// Questions that mislead a planner that knows nothing of the data, or what was true of it before: rows are found by time
// and held against a filter one by one, where an index would name them.
import { aliases } from "./large-bodies";
import type { Assault } from "./pressure";

const address = (number: number): string => `contact${1 + (number % 40)}@customer.test`;
const WRITTEN_AT_ONCE = 200;

const burst = (number: number): string =>
  `mutation { createEvents(inputs: [${Array.from(
    { length: WRITTEN_AT_ONCE },
    (_, at) =>
      `{subject: "${number}", startTime: "2027-03-01T10:00:00Z", endTime: "2027-03-01T11:00:00Z", attendees: [{emailAddress: "burst${at}@customer.test"}]}`,
  ).join(" ")}]) { id } }`;

const SEARCHES: readonly ((number: number, contactIds: readonly string[]) => string)[] = [
  (number) =>
    `{ events(filter: {attendeeEmail: "${address(number)}", scope: ORGANISATION}, first: 1) { edges { node { id } } } }`,
  () =>
    `{ events(filter: {attendeeEmail: "nobody@nowhere.test", scope: ORGANISATION}, first: 1) { edges { node { id } } } }`,
  (number, ids) =>
    `{ events(filter: {contactId: ${ids[number % ids.length]}, scope: ORGANISATION}, last: 5) { edges { node { id } } } }`,
  (number) =>
    `{ events(filter: {attendeeEmail: "${address(number)}", startAt: 0, scope: ORGANISATION}, orderBy: LAST_CHANGE, first: 5) { totalCount edges { node { id } } } }`,
  () =>
    `{ events(filter: {text: "zebra", scope: ORGANISATION}, first: 1) { totalCount edges { node { id } } } }`,
  (number, ids) =>
    `{ events(filter: {relatedTo: {type: Contact, id: "${ids[number % ids.length]}"}, scope: ORGANISATION}, first: 1) { edges { node { id } } } }`,
];

export const PLANS: readonly Assault[] = [
  {
    name: "14 aliased timelines of each of 450 records",
    mayTakeMb: 150,
    run: async (pressure, { attackers }) => {
      const { token = "" } = attackers[1] ?? {};
      const timelines = Array.from(
        { length: 14 },
        (_, number) => `a${number}: events(first: 1, filter: {startAt: 0}) { edges { node { id } } }`,
      ).join(" ");
      const query = `{ records(type: Contact, first: 450) { edges { node { ${timelines} } } } }`;
      await pressure.keepUp(3, () => pressure.graphql(token, query));
      return [];
    },
  },
  {
    name: "searches by address and contact over the organisation, after bursts of writes",
    mayTakeMb: 150,
    run: async (pressure, { attackers, contactIds }) => {
      const [, , searching, writing] = attackers;
      await Promise.all([
        pressure.keepUp(1, (number) => pressure.graphql(writing?.token ?? "", burst(number))),
        pressure.keepUp(6, (number) =>
          pressure.graphql(
            searching?.token ?? "",
            (SEARCHES[number % SEARCHES.length] as (typeof SEARCHES)[number])(number, contactIds),
          ),
        ),
      ]);
      return [];
    },
  },
  {
    name: "timelines of records, plain and aliased",
    mayTakeMb: 150,
    run: async (pressure, { attackers, contactIds }) => {
      const { token = "" } = attackers[4] ?? {};
      await pressure.keepUp(6, (number) => {
        const id = contactIds[number % contactIds.length];
        return pressure.graphql(
          token,
          number % 2 === 0
            ? `{ records(first: 100) { edges { node { events(first: 10) { edges { node { id subject } } } } } } }`
            : aliases(
                (alias, at) =>
                  `${alias}: record(type: Contact, id: "${id}") { events(first: ${at + 1}) { totalCount edges { node { id } } } }`,
              ),
        );
      });
      return [];
    },
  },
];
