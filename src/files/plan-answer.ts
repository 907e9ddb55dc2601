// Which events an answer of a file (METHOD:REPLY) is about, and whether a newer one was heard before. Pure.
import type { Answer, Family } from "../ical/family";
import { compareVersions, type Version } from "../ical/version";
import { addressKey } from "../values/address-key";
import type { Known } from "./known";
import type { Places } from "./places";
import type { Plan, Standing } from "./planned";
import { answerMark, type Memory } from "./remembered";

/** The newest answers that were heard, of earlier files and of this one. Mail overtakes mail: the one that comes last may be older. */
class Heard {
  private readonly versions = new Map<string, Version>();

  constructor(
    private readonly uid: string,
    private readonly memory: Memory,
  ) {}

  /** Whether this person has answered since: in this place, or to the whole. */
  hasNewer({ person, version }: Answer, slot: string): boolean {
    return [...new Set(["", slot])].some((place) => {
      const mark = this.markOf(person, place);
      const before = this.versions.get(mark) ?? this.memory.get(mark)?.version;
      return before !== undefined && compareVersions(version, before) < 0;
    });
  }

  note({ person, version }: Answer, slot: string, plan: Plan): void {
    const mark = this.markOf(person, slot);
    this.versions.set(mark, version);
    plan.notes.push({ uid: this.uid, slot: mark, eventId: null, version });
  }

  private markOf({ emailAddress }: Answer["person"], slot: string): string {
    return answerMark(this.uid, slot, emailAddress);
  }
}

interface Target {
  known: Known;
  version: Version;
  slot: string;
}

const isInvited = ({ known }: Target, { person }: Answer): boolean =>
  known.view.attendees.some(
    ({ emailAddress }) =>
      emailAddress !== null && addressKey(emailAddress) === addressKey(person.emailAddress),
  );

export function planAnswers(
  plan: Plan,
  { uid, answers }: Pick<Family, "uid" | "answers">,
  places: Places,
  standing: Pick<Standing, "series" | "byUid" | "memory">,
): void {
  const heard = new Heard(uid, standing.memory);
  for (const answer of answers) planAnswer(plan, answer, places, { ...standing, uid, heard });
}

/** Adds it to the plan: who answers must be in it; an answer to an earlier version says nothing of this one. */
function planAnswer(
  plan: Plan,
  answer: Answer,
  places: Places,
  { series, byUid, uid, heard }: Pick<Standing, "series" | "byUid"> & { uid: string; heard: Heard },
): void {
  const single = byUid.get(uid);
  const targets = places
    .of(answer.slot)
    .flatMap(({ known, version, slot }): Target[] => (known === null ? [] : [{ known, version, slot }]));
  if (targets.length === 0 && single) targets.push({ known: single, version: answer.version, slot: "" });
  if (targets.length === 0) {
    const message = "This is an answer to a meeting that is not there";
    plan.problems.push({ line: answer.line, message });
  }
  const current = targets.filter(
    ({ version, slot }) =>
      (answer.version.sequence ?? Infinity) >= (version.sequence ?? -Infinity) &&
      !heard.hasNewer(answer, slot),
  );
  plan.unchanged += targets.length - current.length;
  for (const { known } of current) plan.answers.push({ answer, known });
  const isOld = current.length < targets.length && current.length === 0;
  if (!answer.slot && series?.isOwn && !isOld && !heard.hasNewer(answer, ""))
    plan.seriesAnswers.push({ answer, series });
  const [first] = current;
  if (first && isInvited(first, answer)) heard.note(answer, answer.slot ? first.slot : "", plan);
}
