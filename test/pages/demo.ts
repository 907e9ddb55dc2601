// A service of its own with a week that has something to look at: the picture and the measurements are made of it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Running, startService } from "../support/child";

/* eslint-disable @typescript-eslint/no-explicit-any -- answers are whatever the wire holds */

/** A Monday, ten in the morning in London. */
export const NOW = "2026-03-02T10:05:00Z";

export interface Demo {
  url: string;
  /** Ada's, who is an administrator. */
  token: string;
  ask: (query: string, variables?: object, token?: string) => Promise<any>;
  stop: () => Promise<void>;
}

/** The built program, with the embedded PostgreSQL, in a folder that is gone afterwards. */
export async function startDemo(): Promise<Demo> {
  const folder = mkdtempSync(path.join(tmpdir(), "tidemark-pages-"));
  const service: Running = await startService({ DATA_DIR: folder, LOG_LEVEL: "error" });
  const { url, demoToken: token } = service;
  if (!token) throw new Error("The service has made no demo token.");
  const ask = async (query: string, variables: object = {}, secret = token): Promise<any> => {
    const answer = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${secret}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await answer.json()) as { data: any; errors?: unknown[] };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return {
    url,
    token,
    ask,
    stop: async () => {
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const CREATE = `mutation($inputs: [EventInput!]!) { createEvents(inputs: $inputs, atomic: true) { id } }`;

type Meeting = [subject: string, day: number, from: string, to: string, more?: object];

const at = (day: number, time: string): string => `2026-03-${String(1 + day).padStart(2, "0")}T${time}:00Z`;

const inputsOf = (meetings: readonly Meeting[]): object[] =>
  meetings.map(([subject, day, from, to, more]) => ({
    subject,
    startTime: at(day, from),
    endTime: at(day, to),
    ...more,
  }));

/** A working week of three people who meet each other and their customers. Days count from Monday, 2 March 2026. */
export async function fillWeek({ ask }: Demo): Promise<void> {
  const { users, records } = await ask(`{ users { id email } records { edges { node { id type name } } } }`);
  const idOf = (name: string): string => users.find(({ email }: any) => email.startsWith(name)).id;
  const link = (name: string): object => {
    const { id, type } = records.edges.find(({ node }: any) => node.name === name).node;
    return { id, type };
  };
  const invites = (...people: [email: string, status: string][]): object => ({
    attendees: people.map(([emailAddress, status]) => ({ emailAddress, status })),
  });
  const [ben, cleo, dana] = ["ben@demo.test", "cleo@demo.test", "dana@globex.test"] as const;
  const allDay = (from: number, to: number): object => ({
    allDay: true,
    startTime: at(from, "00:00").slice(0, 10),
    endTime: at(to, "00:00").slice(0, 10),
  });
  const own: Meeting[] = [
    ["Stand-up", 1, "09:30", "10:00", invites([ben, "Accepted"], [cleo, "Accepted"])],
    ["Product review", 1, "11:00", "12:00", { ...invites([ben, "Accepted"]), location: "Room 4" }],
    ["1:1 with Ben", 1, "14:00", "14:30", invites([ben, "Accepted"])],
    [
      "Pricing workshop",
      2,
      "10:00",
      "12:00",
      {
        ...invites([cleo, "Tentative"], [dana, "Accepted"]),
        location: "Room 2",
        relatedTo: [link("Globex renewal"), link("Dana Scott")],
        description: "<p>Agenda</p><ul><li>Where we are</li><li>What <b>Globex</b> needs</li></ul>",
      },
    ],
    ["Lunch with Dana", 2, "12:30", "13:30", { location: "Caffè Nero", relatedTo: [link("Dana Scott")] }],
    ["Doctor", 3, "09:00", "10:00", { private: true }],
    ["Board preparation", 3, "11:00", "13:00", invites([cleo, "NoResponse"])],
    ["Interview: data engineer", 3, "12:00", "13:00"],
    ["Planning", 4, "09:30", "11:00", invites([ben, "Accepted"], [cleo, "Accepted"])],
    ["Demo for Initech", 4, "15:00", "16:00", { relatedTo: [link("Eli Initech")] }],
    ["Focus time", 5, "10:00", "12:00", { private: true }],
    ["Retro", 5, "15:00", "16:00", invites([ben, "Accepted"], [cleo, "Declined"])],
    ["Spring release", 4, "00:00", "00:00", allDay(4, 6)],
  ];
  const ofBen: Meeting[] = [
    ["Roadmap sync", 2, "14:30", "15:30", { attendees: [{ userId: idOf("ada") }] }],
    ["Infra hand-over", 1, "15:00", "16:00"],
    ["Dentist", 4, "13:00", "14:00", { private: true }],
  ];
  const ofCleo: Meeting[] = [
    ["Sales call", 1, "12:30", "13:30"],
    ["Contract talk", 3, "14:30", "15:30", { private: true }],
    ["Pipeline", 5, "13:00", "14:00"],
    [
      "Paris office",
      2,
      "00:00",
      "00:00",
      { ...allDay(2, 4), attendees: [{ userId: idOf("ada"), status: "Tentative" }] },
    ],
  ];
  await ask(CREATE, { inputs: inputsOf(own) });
  for (const [name, meetings] of [
    ["ben", ofBen],
    ["cleo", ofCleo],
  ] as const) {
    const made = await ask(`mutation($id: ID!) { createToken(userId: $id, name: "picture") { token } }`, {
      id: idOf(name),
    });
    await ask(CREATE, { inputs: inputsOf(meetings) }, made.createToken.token);
  }
}

/** So many events, spread evenly over the first four weeks of this month. */
export async function fillMonth({ ask }: Demo, count: number): Promise<void> {
  const now = new Date();
  const first = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1, 8);
  const inputs = Array.from({ length: count }, (_, index) => {
    const from = first + (index % 28) * 86_400_000 + Math.floor(index / 28) * 2_700_000;
    const to = from + 1_800_000;
    return {
      subject: `Meeting ${index + 1}`,
      startTime: new Date(from).toISOString(),
      endTime: new Date(to).toISOString(),
      attendees: [{ emailAddress: "ben@demo.test" }, { emailAddress: "dana@globex.test" }],
    };
  });
  await ask(CREATE, { inputs });
}
