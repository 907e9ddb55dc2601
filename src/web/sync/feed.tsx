// The end of the calendar's feed: what changed last, when, and through whom.
import { useEffect, useRef, useState } from "preact/hooks";
import { LockIcon } from "../ui/icons";
import { momentText, shortSpanText } from "../ui/times";
import { durationText } from "./health";
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
      <h2 id="feed-title">The feed</h2>
      {changes.length === 0 ? (
        <p class="empty">Nothing has changed in this calendar yet.</p>
      ) : (
        <div class="table-frame">
          <table class="feed">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">What</th>
                <th scope="col">Event</th>
                <th scope="col">By</th>
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

const WHAT = { deleted: "Deleted", left: "Left" } as const;

function Row({ change, isNew }: { change: LatestChange; isNew: boolean }) {
  const { changedAt, reason, event, id } = change;
  const [fresh] = useState(isNew);
  return (
    <tr class={fresh ? "news" : undefined}>
      <td data-label="When">
        <time dateTime={changedAt} title={momentText(changedAt, zone.value)}>
          {durationText(agoMs(changedAt))} ago
        </time>
      </td>
      <td data-label="What">
        <span class="pill" data-mood={reason ? "warm" : "idle"}>
          {reason ? WHAT[reason] : "Changed"}
        </span>
      </td>
      <td data-label="Event" class="event-cell">
        {event ? (
          <>
            <span class="subject">
              {event.private && <LockIcon />}
              <bdi>{event.subject.trim() || "(no title)"}</bdi>
            </span>
            <span class="quiet small">{shortSpanText(event, zone.value)}</span>
          </>
        ) : (
          <span class="quiet">Event {id}: its text went with it</span>
        )}
      </td>
      <td data-label="By">
        {change.client === null ? (
          <span class="quiet">a program, in SQL</span>
        ) : (
          <>
            <span dir="auto">{change.user?.name}</span>
            <span class="quiet small" dir="auto">
              through {change.client}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}
