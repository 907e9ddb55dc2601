// The timeline that the page shows: loaded when somebody is signed in, and kept as it becomes.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";
import { followRecord } from "../api/live";
import { WhoAmIDocument } from "../api/operations";
import { BROWSER_ZONE } from "../ui/times";
import type { RecordAddress } from "./address";
import { knownUntil, loadTimeline, type Timeline, withChange } from "./timeline";

export type Loaded = Timeline | "none" | { problem: string } | null;

/** In whose times the meetings are shown. */
export const zone = signal(BROWSER_ZONE);

export const isTimeline = (loaded: Loaded): loaded is Timeline =>
  loaded !== null && loaded !== "none" && "record" in loaded;

async function load(address: RecordAddress): Promise<Loaded> {
  try {
    const [timeline, { me }] = await Promise.all([loadTimeline(address), ask(WhoAmIDocument, {})]);
    zone.value = me.timezone;
    return timeline ?? "none";
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

interface Kept {
  loaded: Loaded;
  again: () => void;
  /** Makes another of the timeline that is shown. */
  change: (act: (timeline: Timeline) => Timeline) => void;
}

export function useTimeline(address: RecordAddress, secret: string | null): Kept {
  const [loaded, setLoaded] = useState<Loaded>(null);
  const [tries, setTries] = useState(0);
  const fromNow = useRef(false);
  const again = (): void => setTries((count) => count + 1);
  const change: Kept["change"] = (act) =>
    setLoaded((present) => (isTimeline(present) ? act(present) : present));
  useEffect(() => {
    if (secret === null) return undefined;
    let stop = (): void => undefined;
    let left = false;
    void load(address).then((found) => {
      if (left) return;
      setLoaded(found);
      if (!isTimeline(found)) return;
      stop = followRecord(secret, found.record, {
        since: fromNow.current ? null : knownUntil(found),
        onChange: (row) => change((timeline) => withChange(timeline, row)),
        onTooOld: () => {
          // Nothing changed within what the service remembers, or somebody was away for longer.
          fromNow.current = true;
          again();
        },
      });
    });
    return () => {
      left = true;
      stop();
    };
  }, [secret, tries]);
  return { loaded, again, change };
}
