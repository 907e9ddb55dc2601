/** How a client does, in a word and a sentence, and what is the worst that is to be said of all of them. */
import { agoMs, type Client } from "./state";

export type Mood = "good" | "warm" | "bad" | "idle";

export interface Health {
  mood: Mood;
  /** For a label. */
  word: string;
  /** What it means, and what helps. */
  sentence: string;
}

const MINUTE_MS = 60_000;
/** Between two polls some changes always wait. */
const BEHIND_SECONDS = 120;
const FAR_BEHIND_SECONDS = 900;
const SILENT_MS = 60 * MINUTE_MS;

/** Such as "12 s", "5 min", "3 h" or "2 days". */
export function durationText(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

const CODES: Record<string, string> = {
  bad_request: "A parameter or a value was not what it must be; the answer says which.",
  not_found: "It asked for something that is not in this calendar.",
  precondition_failed: "Somebody else was faster: it has to merge and write again.",
  "syncToken.expired": "Its cursor is older than what is remembered: it has to load everything again.",
  forbidden: "Its token lacks a scope, or it asks for a calendar that is not its own.",
  rate_limited: "It asks too often.",
  unavailable: "The database could not be reached, or writers kept the calendar.",
  hung_up: "It did not wait for the answer.",
  internal: "A defect of the service: its log has the cause.",
};

export const codeHint = (code: string): string => CODES[code] ?? "What it sent was refused.";

const changes = (count: number): string =>
  count >= 1_000 ? "over 1,000 changes" : count === 1 ? "1 change" : `${count} changes`;

/** The last that was heard of it is a refusal, not long ago. */
function refusalOf({ name, polledAt, refusedAt, refusedCode }: Client): Health | null {
  if (!refusedAt || !refusedCode || (polledAt !== null && refusedAt <= polledAt)) return null;
  if (agoMs(refusedAt) > SILENT_MS) return null;
  const sentence = `${name} was refused (${refusedCode}). ${codeHint(refusedCode)}`;
  return { mood: "bad", word: "Refused", sentence };
}

export function healthOf(client: Client): Health {
  const { name, ended, live, waiting, behindSeconds, polledAt, heardAt } = client;
  if (ended) return { mood: "idle", word: "Token ended", sentence: `The token of ${name} has ended.` };
  const refusal = refusalOf(client);
  if (refusal) return refusal;
  if (polledAt === null) {
    return { mood: "idle", word: "Never polled", sentence: `${name} has not polled this calendar.` };
  }
  if (waiting > 0 && behindSeconds >= BEHIND_SECONDS) {
    const behind = durationText(behindSeconds * 1_000);
    return {
      mood: behindSeconds >= FAR_BEHIND_SECONDS ? "bad" : "warm",
      word: `${behind} behind`,
      sentence: `${name} is ${behind} behind: ${changes(waiting)} ${waiting === 1 ? "waits" : "wait"} for it.`,
    };
  }
  const silence = durationText(agoMs(heardAt));
  if (!live && agoMs(heardAt) > SILENT_MS) {
    const sentence = `${name} has been silent for ${silence}.`;
    return { mood: "warm", word: `Silent for ${silence}`, sentence };
  }
  return { mood: "good", word: live ? "Live" : "In step", sentence: `${name} is in step.` };
}

const ORDER: readonly Mood[] = ["bad", "warm", "good", "idle"];

/** What is to be said first: of the client that does worst, or of all of them. */
export function verdictOn(clients: readonly Client[]): { mood: Mood; title: string; sentence: string } {
  const others = clients.filter(({ self, live }) => !(self && live));
  const healths = others.map(healthOf);
  const mood = ORDER.find((one) => healths.some((health) => health.mood === one)) ?? "idle";
  const worst = healths.filter((health) => health.mood === mood);
  if (mood === "bad" || mood === "warm") {
    const title = mood === "bad" ? "Something is wrong" : "Something may be wrong";
    return { mood, title, sentence: worst.map(({ sentence }) => sentence).join(" ") };
  }
  if (mood === "good") {
    const one = worst.length === 1;
    return {
      mood,
      title: "Everything is in step",
      sentence: one ? (worst[0]?.sentence ?? "") : `All ${worst.length} clients have every change there is.`,
    };
  }
  return {
    mood,
    title: "Nobody has polled yet",
    sentence: "As soon as a client asks for what changed, it shows here.",
  };
}
