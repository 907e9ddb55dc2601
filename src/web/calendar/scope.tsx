// What is asked when one of a series is changed, moved, deleted, left or answered: this one, this and those after it, or
// all that are not over; how many that are, and how many of them have something of their own.
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { reasonOf } from "../api/client";
import type { SeriesScope } from "../api/operations";
import { many, say } from "../languages/say";
import { Dialog } from "../ui/dialog";
import { shortDate } from "./repeat-words";
import { type Occasion, type Reach, type Reaches, reachesOf } from "./series";

export type Doing = "Save" | "Move" | "Delete" | "Leave" | "Answer";

interface Asked {
  doing: Doing;
  event: Occasion;
  /** Whether it may be about this one alone: another rule is not. */
  one: boolean;
  answer: (chosen: Chosen | null) => void;
}

export interface Chosen {
  scope: SeriesScope;
  /** Those concerned, as far as they are known. */
  ids: string[];
}

const asked = signal<Asked | null>(null);

/** Null where somebody thought better of it. */
export function askScope(doing: Doing, event: Occasion, one = true): Promise<Chosen | null> {
  return new Promise((resolve) => {
    asked.value = {
      doing,
      event,
      one,
      answer: (chosen) => {
        asked.value = null;
        resolve(chosen);
      },
    };
  });
}

export function ScopeQuestion() {
  return asked.value && <Question {...asked.value} />;
}

const TITLES: Readonly<Record<Doing, string>> = {
  Save: say("Change a repeating event"),
  Move: say("Move a repeating event"),
  Delete: say("Delete a repeating event"),
  Leave: say("Leave a repeating event"),
  Answer: say("Answer a repeating event"),
};

const ACTS: Readonly<Record<Doing, string>> = {
  Save: say("Save"),
  Move: say("Move"),
  Delete: say("Delete"),
  Leave: say("Leave"),
  Answer: say("Answer"),
};

function Question({ doing, event, one, answer }: Asked) {
  const [scope, setScope] = useState<SeriesScope>(one ? "THIS" : "FOLLOWING");
  const [reaches, setReaches] = useState<Reaches | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    reachesOf(event)
      .then(setReaches)
      .catch((error: unknown) => setProblem(reasonOf(error)));
  }, [event.id]);
  const submit = (submitted: Event): void => {
    submitted.preventDefault();
    answer({ scope, ids: scope === "THIS" ? [event.id] : (reaches?.[scope].ids ?? []) });
  };
  const keeps = doing === "Save" || doing === "Move";
  const choice = { chosen: scope, onChoose: setScope, keeps };
  return (
    <Dialog title={TITLES[doing]} className="question" onClose={() => answer(null)}>
      <form onSubmit={submit}>
        <div class="dialog-scroll" role="radiogroup" aria-label={TITLES[doing]}>
          {one && <Choice scope="THIS" says={say("This event")} {...choice} />}
          <Choice scope="FOLLOWING" says={say("This and following")} reach={reaches?.FOLLOWING} {...choice} />
          <Choice scope="ALL" says={say("All that are not over")} reach={reaches?.ALL} {...choice} />
          {reaches?.expandedUntil && scope !== "THIS" && (
            <p class="quiet small">
              {say("And those after {date}, which are still to come.", {
                date: shortDate(reaches.expandedUntil.slice(0, 10)),
              })}
            </p>
          )}
          {problem !== null && <p class="notice bad">{problem}</p>}
        </div>
        <footer class="dialog-foot">
          <span class="grow" />
          <button type="button" class="button" onClick={() => answer(null)}>
            {say("Cancel")}
          </button>
          <button class="button primary" disabled={scope !== "THIS" && reaches === null && problem === null}>
            {ACTS[doing]}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

interface ChoiceProps {
  scope: SeriesScope;
  says: string;
  reach?: Reach | undefined;
  /** Whether what they have of their own stays. */
  keeps: boolean;
  chosen: SeriesScope;
  onChoose: (scope: SeriesScope) => void;
}

const Choice = ({ scope, says, reach, keeps, chosen, onChoose }: ChoiceProps) => (
  <label class="scope-choice">
    <input
      type="radio"
      name="scope"
      autofocus={scope === chosen}
      checked={scope === chosen}
      onChange={() => onChoose(scope)}
    />
    <span>
      {says}
      {reach && <small class="quiet">{reachText(reach, keeps)}</small>}
    </span>
  </label>
);

function reachText({ ids, own }: Reach, keeps: boolean): string {
  const events = many(ids.length, "{count} event", "{count} events");
  if (own === 0) return events;
  return keeps
    ? many(
        own,
        "{events}, {count} of which has something of its own, which stays",
        "{events}, {count} of which have something of their own, which stays",
        { events },
      )
    : many(
        own,
        "{events}, {count} of which has something of its own",
        "{events}, {count} of which have something of their own",
        { events },
      );
}
