/** How a client does, in a word and a sentence, and what is the worst that is to be said of all of them. */
import { many, say } from "../languages/say";
import { durationText } from "../ui/durations";
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

const CODES: Record<string, string> = {
  bad_request: say("A parameter or a value was not what it must be; the answer says which."),
  not_found: say("It asked for something that is not in this calendar."),
  precondition_failed: say("Somebody else was faster: it has to merge and write again."),
  "syncToken.expired": say("Its cursor is older than what is remembered: it has to load everything again."),
  forbidden: say("Its token lacks a scope, or it asks for a calendar that is not its own."),
  rate_limited: say("It asks too often."),
  unavailable: say("The database could not be reached, or writers kept the calendar."),
  hung_up: say("It did not wait for the answer."),
  internal: say("A defect of the service: its log has the cause."),
};

export const codeHint = (code: string): string => CODES[code] ?? say("What it sent was refused.");

/** More than so many are not counted. */
const MANY = 1_000;

/** The last that was heard of it is a refusal, not long ago. */
function refusalOf({ name, polledAt, refusedAt, refusedCode }: Client): Health | null {
  if (!refusedAt || !refusedCode || (polledAt !== null && refusedAt <= polledAt)) return null;
  if (agoMs(refusedAt) > SILENT_MS) return null;
  const sentence = `${say("{name} was refused ({code}).", { name, code: refusedCode })} ${codeHint(refusedCode)}`;
  return { mood: "bad", word: say("Refused"), sentence };
}

const waitingText = (name: string, behind: string, waiting: number): string =>
  waiting >= MANY
    ? say("{name} is {behind} behind: over {most} changes wait for it.", { name, behind, most: MANY })
    : many(
        waiting,
        "{name} is {behind} behind: {count} change waits for it.",
        "{name} is {behind} behind: {count} changes wait for it.",
        { name, behind },
      );

export function healthOf(client: Client): Health {
  const { name, ended, live, waiting, behindSeconds, polledAt, heardAt } = client;
  if (ended)
    return {
      mood: "idle",
      word: say("Token ended"),
      sentence: say("The token of {name} has ended.", { name }),
    };
  const refusal = refusalOf(client);
  if (refusal) return refusal;
  if (polledAt === null) {
    return {
      mood: "idle",
      word: say("Never polled"),
      sentence: say("{name} has not polled this calendar.", { name }),
    };
  }
  if (waiting > 0 && behindSeconds >= BEHIND_SECONDS) {
    const behind = durationText(behindSeconds * 1_000);
    return {
      mood: behindSeconds >= FAR_BEHIND_SECONDS ? "bad" : "warm",
      word: say("{behind} behind", { behind }),
      sentence: waitingText(name, behind, waiting),
    };
  }
  const silence = durationText(agoMs(heardAt));
  if (!live && agoMs(heardAt) > SILENT_MS) {
    const sentence = say("{name} has been silent for {silence}.", { name, silence });
    return { mood: "warm", word: say("Silent for {silence}", { silence }), sentence };
  }
  return {
    mood: "good",
    word: live ? say("Live") : say("In step"),
    sentence: say("{name} is in step.", { name }),
  };
}

/** All who polled have lost their tokens: changes wait, and nobody comes for them. */
export const NOBODY_LEFT = say("Nobody polls any more");

const ORDER: readonly Mood[] = ["bad", "warm", "good", "idle"];

/** What is to be said first: of the client that does worst, or of all of them. */
export function verdictOn(clients: readonly Client[]): { mood: Mood; title: string; sentence: string } {
  const others = clients.filter(({ self, live }) => !(self && live));
  const healths = others.map(healthOf);
  const mood = ORDER.find((one) => healths.some((health) => health.mood === one)) ?? "idle";
  const worst = healths.filter((health) => health.mood === mood);
  if (mood === "bad" || mood === "warm") {
    const title = mood === "bad" ? say("Something is wrong") : say("Something may be wrong");
    return { mood, title, sentence: worst.map(({ sentence }) => sentence).join(" ") };
  }
  if (mood === "good") {
    const one = worst.length === 1;
    return {
      mood,
      title: say("Everything is in step"),
      sentence: one
        ? (worst[0]?.sentence ?? "")
        : say("All {count} clients have every change there is.", { count: worst.length }),
    };
  }
  if (others.length > 0 && others.every(({ ended }) => ended)) {
    const sentence = `${worst.map((one) => one.sentence).join(" ")} ${say("Whoever is to go on needs another, from the page Connect.")}`;
    return { mood: "warm", title: NOBODY_LEFT, sentence };
  }
  return {
    mood,
    title: say("Nobody has polled yet"),
    sentence: say("As soon as a client asks for what changed, it shows here."),
  };
}
