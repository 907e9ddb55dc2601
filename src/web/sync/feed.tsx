// The end of the calendar's feed: what changed last, when, and through whom.
import { useEffect, useRef, useState } from "preact/hooks";
import { say } from "../languages/say";
import { LockIcon } from "../ui/icons";
import { momentText, shortSpanText } from "../ui/times";
import { agoText } from "../ui/durations";
import { agoMs, type LatestChange, zone } from "./state";

const keyOf = ({ id, changedAt }: LatestChange): string => `${id} ${changedAt}`;

/** The rows that were not there a moment ago; none when the page has just been opened. */
function useNews(changes: readonly LatestChange[]): ReadonlySet<string> {
  const known = useRef<ReadonlySet<string> | null>(null);
  const keys = new Set(changes.map(keyOf));
  const before = known.current;
  useEffect(() => {
    known.current = keys;
  });
  return new Set(before === null ? [] : [...keys].filter((key) => !before.has(key)));
}

export function Feed({ changes }: { changes: readonly LatestChange[] }) {
  const news = useNews(changes);
  return (
    <section aria-labelledby="feed-title">
      <h2 id="feed-title">{say("The feed")}</h2>
      {changes.length === 0 ? (
        <p class="empty">{say("Nothing has changed in this calendar yet.")}</p>
      ) : (
        <div class="table-frame">
          <table class="feed">
            <thead>
              <tr>
                <th scope="col">{say("When")}</th>
                <th scope="col">{say("What")}</th>
                <th scope="col">{say("Event")}</th>
                <th scope="col">{say("By")}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map((change) => (
                <Row key={keyOf(change)} change={change} isNew={news.has(keyOf(change))} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const WHAT = {
  created: ["good", say("Created")],
  changed: ["idle", say("Changed")],
  deleted: ["warm", say("Deleted")],
  left: ["warm", say("Left")],
} as const;

function Row({ change, isNew }: { change: LatestChange; isNew: boolean }) {
  const { changedAt, reason, event, id, subject, kind } = change;
  const [mood, word] = WHAT[reason ?? kind];
  const [fresh] = useState(isNew);
  return (
    <tr class={fresh ? "news" : undefined}>
      <td data-label={say("When")}>
        <time dateTime={changedAt} title={momentText(changedAt, zone.value)}>
          {agoText(agoMs(changedAt))}
        </time>
      </td>
      <td data-label={say("What")}>
        <span class="pill" data-mood={mood}>
          {word}
        </span>
      </td>
      <td data-label={say("Event")} class="event-cell">
        {subject === null ? (
          <span class="quiet">{say("Event {id}, whose text is gone", { id })}</span>
        ) : (
          <>
            <span class="subject">
              {event?.private && <LockIcon />}
              <SubjectOf id={id} subject={subject} isThere={event !== null} />
            </span>
            <span class="quiet small">
              {event ? shortSpanText(event, zone.value) : say("event {id}", { id })}
            </span>
          </>
        )}
      </td>
      <td data-label={say("By")}>
        {change.client === null ? (
          <span class="quiet">{say("a program, in SQL")}</span>
        ) : (
          <>
            <span dir="auto">{change.user?.name}</span>
            <span class="quiet small" dir="auto">
              {say("through {client}", { client: change.client })}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}

/** An event that is there can be opened. */
function SubjectOf({ id, subject, isThere }: { id: string; subject: string; isThere: boolean }) {
  const words = <bdi>{subject.trim() || say("(no title)")}</bdi>;
  return isThere ? <a href={`/?event=${id}`}>{words}</a> : words;
}
