// More than one's share: changes of one meeting that wait for each other, hundreds of requests at once, batches as large
// as they may be, small requests as fast as they go.
import type { Assault } from "./pressure";

const JSON_HEADERS = { "Content-Type": "application/json" };
const WHEN = { startTime: "2027-01-04T10:00:00Z", endTime: "2027-01-04T11:00:00Z" };

export const SHARES: readonly Assault[] = [
  {
    name: "60 changes at once of one meeting with 1,000 colleagues",
    mayTakeMb: 300,
    run: async (pressure, { attackers, guestIds }) => {
      const owner = attackers[1];
      const made = await pressure.ask({
        ...{ method: "POST", path: "/api/v1/events", token: owner?.token, headers: JSON_HEADERS },
        body: JSON.stringify({ ...WHEN, attendees: guestIds.slice(0, 999).map((userId) => ({ userId })) }),
      });
      const id = /"id":"(\d+)"/.exec(made.text)?.[1];
      if (id === undefined) return [`the meeting was not made: ${made.status} ${made.text.slice(0, 200)}`];
      await pressure.keepUp(60, (number) =>
        pressure.ask({
          ...{ method: "PATCH", path: `/api/v1/events/${id}`, token: owner?.token, headers: JSON_HEADERS },
          body: JSON.stringify({ subject: `Change ${number}` }),
        }),
      );
      return [];
    },
  },
  {
    name: "400 reads of one token at once",
    mayTakeMb: 300,
    run: async (pressure, { attackers }) => {
      const { token } = attackers[2] ?? {};
      const paths = [
        "/api/v1/events?startAt=2026-01-05T00:00:00Z&endAt=2026-04-05T00:00:00Z",
        "/api/v1/events?limit=100",
      ];
      await pressure.keepUp(400, async (number) => {
        const { status } = await pressure.ask({ path: paths[number % 2] as string, token });
        if (status === 429) await pressure.pause(200);
      });
      return [];
    },
  },
  {
    name: "batches of creates with as many guests as are allowed",
    mayTakeMb: 150,
    run: async (pressure, { attackers, guestIds }) => {
      const { token = "" } = attackers[3] ?? {};
      const guests = guestIds.map((userId) => ({ userId }));
      const batch = (count: number): string =>
        `mutation ($g: [AttendeeInput!]) { createEvents(inputs: [${`{startTime: "${WHEN.startTime}", endTime: "${WHEN.endTime}", attendees: $g} `.repeat(count)}]) { id error { code } } }`;
      await pressure.keepUp(4, async (number) => {
        // 500 would be half a million guests.
        await pressure.graphql(token, batch(number % 4 === 0 ? 500 : 10), { g: guests.slice(0, 999) });
      });
      return [];
    },
  },
  {
    name: "a flood of small requests of ten tokens",
    mayTakeMb: 300,
    run: async (pressure, { attackers }) => {
      const paths = [
        "/api/v1/me",
        "/api/v1/events/1",
        "/api/v1/events?since=2030-01-01T00:00:00Z",
        "/api/v1/users?email=a@x.co",
      ];
      await pressure.keepUp(100, async (number) => {
        const { token } = attackers[number % attackers.length] ?? {};
        const { status } = await pressure.ask({ path: paths[number % paths.length] as string, token });
        if (status === 429) await pressure.pause(50);
      });
      return [];
    },
  },
];
