// Who made a version of an event, when, and through which client: from the end of the calendar's feed, which whoever
// may change events there sees.
import { useEffect, useState } from "preact/hooks";
import { ask } from "../api/client";
import { LatestChangesDocument, type LatestChangesQuery } from "../api/operations";
import { say } from "../languages/say";
import { momentText } from "../ui/times";
import { zone } from "./state";

type Change = LatestChangesQuery["syncView"]["latestChanges"]["records"][number];

/** So many changes of other events may lie between. */
const FIRST = 50;

interface LastChangeProps {
  event: { id: string; lastModifiedAt: string };
  calendarId: string;
}

export function LastChange({ event: { id, lastModifiedAt }, calendarId }: LastChangeProps) {
  const [change, setChange] = useState<Change | null>(null);
  useEffect(() => {
    ask(LatestChangesDocument, { calendarId, first: FIRST })
      .then(({ syncView }) => {
        const { records } = syncView.latestChanges;
        setChange(records.find((one) => one.id === id && one.changedAt === lastModifiedAt) ?? null);
      })
      // It says more of what is there already; the choice can be made without.
      .catch(() => undefined);
  }, [id, lastModifiedAt, calendarId]);
  const by =
    change &&
    [change.user?.name, change.client && say("through {client}", { client: change.client })].filter(Boolean);
  const moment = momentText(lastModifiedAt, zone.value);
  return (
    <p class="quiet" role="status" dir="auto">
      {by === null && say("The newer version is of {moment}.", { moment })}
      {by &&
        (by.length > 0
          ? say("The newer version is of {moment}, by {name}.", { moment, name: by.join(" ") })
          : say("The newer version is of {moment}, by a program that writes to the database.", { moment }))}
    </p>
  );
}
