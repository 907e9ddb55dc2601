// Who changed an event, for administrators: when, through which client, and what was before and is after.
import { useEffect, useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";
import { EventHistoryDocument, type EventHistoryQuery } from "../api/operations";
import { say } from "../languages/say";
import { HistoryIcon } from "../ui/icons";
import { momentText } from "../ui/times";
import { fieldName, inOrder, valueText } from "./history-words";
import { zone } from "./state";

type Page = EventHistoryQuery["eventHistory"];
type Entry = Page["edges"][number]["node"];

const PAGE = 20;

const DONE: Record<Entry["kind"], string> = {
  created: say("Created"),
  changed: say("Changed"),
  deleted: say("Deleted"),
};

export function History({ eventId, version }: { eventId: string; version: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="history" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <HistoryIcon /> {say("History")}
      </summary>
      {isOpen && <Entries key={version} eventId={eventId} />}
    </details>
  );
}

function Entries({ eventId }: { eventId: string }) {
  const { entries, more, problem, load } = useEntries(eventId);
  return (
    <div aria-busy={entries === null && problem === null}>
      {entries?.length === 0 && <p class="quiet">{say("Nothing is kept of it any more.")}</p>}
      <ol>
        {entries?.map((entry) => (
          <Change key={entry.id} entry={entry} />
        ))}
      </ol>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {more !== null && (
        <button type="button" class="text-button" onClick={() => void load()}>
          {say("Older changes")}
        </button>
      )}
    </div>
  );
}

/** The first page is asked for as it appears. */
function useEntries(eventId: string) {
  const [entries, setEntries] = useState<Entry[] | null>(null);
  const [more, setMore] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  async function load(): Promise<void> {
    try {
      setProblem(null);
      const { eventHistory } = await ask(EventHistoryDocument, { id: eventId, first: PAGE, after: more });
      const { hasNextPage, endCursor } = eventHistory.pageInfo;
      setEntries([...(entries ?? []), ...eventHistory.edges.map(({ node }) => node)]);
      setMore(hasNextPage ? endCursor : null);
    } catch (error) {
      setProblem(reasonOf(error));
    }
  }
  useEffect(() => void load(), []);
  return { entries, more, problem, load };
}

function Change({ entry: { at, kind, client, user, fields } }: { entry: Entry }) {
  return (
    <li>
      <p>
        <strong>{DONE[kind]}</strong>{" "}
        <span class="quiet" dir="auto">
          {[momentText(at, zone.value), ...(user ? [user.name, client] : [say("a program, in SQL")])].join(
            " · ",
          )}
        </span>
      </p>
      {kind === "changed" && (
        <dl>
          {inOrder(fields).map(({ field, before, after }) => (
            <div key={field}>
              <dt>{fieldName(field)}</dt>
              <dd dir="auto">
                <del>{valueText(field, before)}</del> <span aria-label={say("became")}>→</span>{" "}
                <ins>{valueText(field, after)}</ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}
