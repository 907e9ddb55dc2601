// Which events an answer of a file (METHOD:REPLY) is about. Pure.
import type { Answer } from "../ical/family";
import type { Places } from "./places";
import type { Plan, Standing } from "./planned";

/** Adds it to the plan: who answers must be in it; an answer to an earlier version says nothing of this one. */
export function planAnswer(
  plan: Plan,
  answer: Answer,
  places: Places,
  { series, byUid, uid }: Pick<Standing, "series" | "byUid"> & { uid: string },
): void {
  const single = byUid.get(uid);
  const targets = places
    .of(answer.slot)
    .flatMap(({ known, version }) => (known === null ? [] : [{ known, version }]));
  if (targets.length === 0 && single) targets.push({ known: single, version: answer.version });
  if (targets.length === 0) {
    const message = "This is an answer to a meeting that is not there";
    plan.problems.push({ line: answer.line, message });
  }
  const current = targets.filter(
    ({ version }) => (answer.version.sequence ?? Infinity) >= (version.sequence ?? -Infinity),
  );
  plan.unchanged += targets.length - current.length;
  for (const { known } of current) plan.answers.push({ answer, known });
  const isOld = current.length < targets.length && current.length === 0;
  if (!answer.slot && series?.isOwn && !isOld) plan.seriesAnswers.push({ answer, series });
}
