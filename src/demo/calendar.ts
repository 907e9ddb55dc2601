// What the demo's people have in their calendars: three working weeks of a small sales team, this one in the middle.
import type { Attendee, Event } from "../entities/event";
import type { User } from "../entities/user";
import { DAY_MS, toInstant } from "../values/instants";
import { instantToWall, wallToInstant } from "../values/timezone";
import type { Status } from "../values/vocabulary";
import { linkTo, ofContact, ofUser, type People, type Records } from "./team";

/** On whose wall the times below stand. */
export const HOME = "Europe/London";

type Who = keyof People;
/** Somebody of the team, or a contact, and what they answered; a room answers by itself. */
type Guest = [who: Who | keyof Records, status?: Status];

interface More {
  guests?: Guest[];
  about?: (keyof Records)[];
  location?: string;
  description?: string;
  conferenceUrl?: string;
  private?: boolean;
  showAs?: Event["showAs"];
}

/** Days count from this week's Monday; times are on the wall at home, and of a meeting without any, it takes whole days. */
type Meeting = [owner: Who, subject: string, day: number, from: string | null, length: string, more?: More];

const AGENDA =
  "<p>Agenda</p><ul><li>Where we are</li><li>What <b>Globex</b> needs</li><li>Next steps</li></ul>";
const CALL = "https://meet.demo.test/globex";

const MEETINGS: readonly Meeting[] = [
  // This week, what there is to look at first.
  [
    "ada",
    "Globex renewal call",
    1,
    "14:00",
    "1:00",
    {
      guests: [["ada", "Accepted"], ["cleo"], ["dana", "Tentative"]],
      about: ["dana", "renewal"],
      location: CALL,
      conferenceUrl: CALL,
      description: AGENDA,
    },
  ],
  ["ben", "Dentist", 2, "15:00", "1:00", { private: true }],
  ["ada", "Product review", 0, "11:00", "1:00", { guests: [["ben", "Accepted"], ["thames"]] }],
  ["ada", "1:1 with Ben", 0, "15:30", "0:30", { guests: [["ben", "Accepted"]] }],
  [
    "ada",
    "Pricing workshop",
    1,
    "10:00",
    "2:00",
    {
      guests: [["cleo", "Tentative"], ["ben", "Accepted"], ["thames"]],
      about: ["renewal"],
    },
  ],
  ["ada", "Lunch with Dana", 1, "12:30", "1:00", { location: "Caffè Nero", about: ["dana"] }],
  ["ada", "Doctor", 2, "09:00", "1:00", { private: true, showAs: "outOfOffice" }],
  ["ada", "Board preparation", 2, "11:00", "2:00", { guests: [["cleo"]] }],
  ["ada", "Interview: data engineer", 2, "12:00", "1:00", { guests: [["ben", "Tentative"]] }],
  [
    "ada",
    "Planning",
    3,
    "10:00",
    "1:30",
    { guests: [["ben", "Accepted"], ["cleo", "Accepted"], ["thames"]] },
  ],
  ["ada", "Demo for Initech", 3, "15:00", "1:00", { guests: [["eli", "Accepted"]], about: ["eli"] }],
  ["ada", "Focus time", 4, "10:00", "2:00", { private: true }],
  [
    "ada",
    "Retro",
    4,
    "15:00",
    "1:00",
    {
      guests: [
        ["ben", "Accepted"],
        ["cleo", "Declined"],
      ],
    },
  ],
  ["ben", "Infra hand-over", 0, "15:00", "1:00", { guests: [["ada"]] }],
  [
    "ben",
    "Roadmap sync",
    1,
    "16:00",
    "1:00",
    {
      guests: [
        ["ada", "Accepted"],
        ["cleo", "Accepted"],
      ],
    },
  ],
  ["ben", "Gym", 3, "18:00", "1:00", { showAs: "free" }],
  ["ben", "Vendor call", 4, "14:00", "0:30", { guests: [["ada", "Accepted"]] }],
  ["cleo", "Sales call Umbrella", 0, "12:30", "1:00", { guests: [["fred"]], about: ["fred", "rollout"] }],
  ["cleo", "Contract talk", 2, "14:30", "1:00", { private: true }],
  ["cleo", "Paris office", 1, null, "2 days", { guests: [["ada", "Tentative"]] }],
  ["cleo", "Train to Paris", 1, "07:00", "2:30", { showAs: "outOfOffice" }],
  [
    "cleo",
    "Umbrella rollout: kick-off",
    4,
    "09:45",
    "1:00",
    { guests: [["ben"], ["fred", "Accepted"]], about: ["rollout"] },
  ],
  // Last week.
  [
    "ada",
    "Quarter's numbers",
    -7,
    "10:00",
    "1:00",
    {
      guests: [
        ["ben", "Accepted"],
        ["cleo", "Accepted"],
      ],
    },
  ],
  [
    "ada",
    "Globex: first talk",
    -6,
    "11:00",
    "0:45",
    { guests: [["dana", "Accepted"]], about: ["dana", "renewal"] },
  ],
  ["ada", "Interview: account manager", -6, "14:00", "1:00", { guests: [["cleo", "Accepted"]] }],
  ["ada", "1:1 with Cleo", -5, "09:45", "0:30", { guests: [["cleo", "Accepted"]] }],
  ["ada", "Lunch with the board", -4, "12:00", "1:30", { private: true }],
  [
    "ada",
    "Retro",
    -3,
    "15:00",
    "1:00",
    {
      guests: [
        ["ben", "Accepted"],
        ["cleo", "Accepted"],
      ],
    },
  ],
  ["ben", "Data migration rehearsal", -7, "13:00", "2:00", { guests: [["ada", "Declined"]] }],
  ["ben", "Security review", -5, "14:00", "1:00", { guests: [["ada", "Accepted"]] }],
  ["ben", "Day off", -4, null, "1 day", { showAs: "outOfOffice" }],
  ["cleo", "Initech: discovery", -6, "10:00", "1:00", { guests: [["eli", "Accepted"]], about: ["eli"] }],
  ["cleo", "Umbrella: terms", -5, "11:00", "0:30", { guests: [["fred", "Accepted"]], about: ["rollout"] }],
  ["cleo", "Expenses", -3, "16:00", "0:30", { private: true }],
  // Next week, with the fair.
  [
    "cleo",
    "CRM Fair, Hall 4",
    8,
    null,
    "3 days",
    {
      guests: [
        ["ada", "Accepted"],
        ["ben", "Tentative"],
      ],
      location: "ExCeL London",
    },
  ],
  ["ada", "Budget", 7, "11:00", "1:30", { guests: [["ben"], ["thames"]] }],
  ["ada", "1:1 with Ben", 7, "15:30", "0:30", { guests: [["ben", "Accepted"]] }],
  [
    "ada",
    "Globex: contract",
    10,
    "14:00",
    "1:00",
    { guests: [["dana"], ["cleo"]], about: ["dana", "renewal"] },
  ],
  ["ada", "Retro", 11, "15:00", "1:00", { guests: [["ben"], ["cleo"]] }],
  ["ben", "Release 2.4", 10, "16:00", "1:00", { guests: [["ada"]] }],
  ["ben", "Parents' evening", 9, "17:00", "1:00", { private: true }],
  [
    "cleo",
    "Dinner with Umbrella",
    9,
    "19:00",
    "2:00",
    { guests: [["fred"], ["ada", "Tentative"]], about: ["rollout"] },
  ],
  ["cleo", "Pipeline clean-up", 11, "11:00", "1:00"],
];

/** What is put into calendars, reckoned from the instant at which it is done. */
export class Calendar {
  /** This week's Monday at midnight on the wall at home; at a weekend, that of the week to come. */
  private readonly monday: number;

  constructor(
    private readonly people: People,
    private readonly records: Records,
    now: number,
  ) {
    const today = Math.floor(instantToWall(now, HOME) / DAY_MS);
    // Day 0, 1 January 1970, was a Thursday.
    const weekday = (today + 3) % 7;
    this.monday = (today + (weekday > 4 ? 7 : 0) - weekday) * DAY_MS;
  }

  events(): Partial<Event>[] {
    return MEETINGS.map(([owner, subject, day, from, length, { guests = [], about = [], ...more } = {}]) => ({
      ownerId: this.people[owner].id,
      subject,
      allDay: from === null,
      ...this.times(day, from, length),
      timezone: HOME,
      attendees: guests.map((guest) => this.attendee(guest)),
      relatedTo: about.map((name) => linkTo(this.records[name])),
      ...more,
    }));
  }

  /** A short one every morning, and a long one every week. What createSeries takes. */
  series(): object[] {
    const attendees = [this.people.ben, this.people.cleo].map(({ id }) => ({
      userId: id,
      status: "Accepted",
    }));
    return [
      {
        subject: "Stand-up",
        rrule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=15",
        ...this.times(-7, "09:30", "0:15"),
      },
      { subject: "Pipeline review", rrule: "FREQ=WEEKLY;COUNT=8", ...this.times(-7, "14:00", "1:00") },
    ].map(({ rrule, ...event }) => ({ ...event, timezone: HOME, attendees, recurrence: { rrule } }));
  }

  private times(day: number, from: string | null, length: string): Pick<Event, "startTime" | "endTime"> {
    const midnight = this.monday + day * DAY_MS;
    if (from === null) {
      const days = Number.parseInt(length, 10);
      return { startTime: toInstant(midnight), endTime: toInstant(midnight + days * DAY_MS) };
    }
    const start = midnight + msOf(from);
    return {
      startTime: toInstant(wallToInstant(start, HOME)),
      endTime: toInstant(wallToInstant(start + msOf(length), HOME)),
    };
  }

  private attendee([who, status = "NoResponse"]: Guest): Attendee {
    const user = this.people[who as Who] as User | undefined;
    return user ? ofUser(user, status) : ofContact(this.records[who as keyof Records], status);
  }
}

/** Milliseconds since midnight of `14:30`. */
function msOf(clock: string): number {
  const [hours, rest] = clock.split(":");
  return (Number(hours) * 60 + Number(rest)) * 60_000;
}
