// What an import of one UID comes to, and what it is decided from.
import type { Answer, ImportedEvent, SaidSeries } from "../ical/family";
import type { Filed } from "./filed";
import type { Known } from "./known";
import type { KnownSeries } from "./known-series";
import type { Memory, Note } from "./remembered";

export interface Plan {
  /** With `known`, a change of that event. `keepsUid`: the event's own UID stays. */
  writes: {
    event: ImportedEvent;
    known: Known | null;
    keepsUid: boolean;
    note: Omit<Note, "eventId"> | null;
    /** Of an occurrence, its place in the series. */
    place: { wall: number; of: SeriesPlan } | null;
    /** What the occurrence that is there has for itself stays. */
    passesOver: boolean;
  }[];
  /** What becomes of the series of this UID; null where the file says nothing of it. */
  series: SeriesPlan | null;
  /** What it says of single places of a series that it does not have. */
  instances: SeriesPlan | null;
  /** `ofSeries`: it goes from its series with the file, which says so of the series too. */
  removals: { known: Known; line: number; ofSeries: boolean }[];
  answers: { answer: Answer; known: Known }[];
  /** Answers to whole series. */
  seriesAnswers: { answer: Answer; series: KnownSeries }[];
  /** What an import that breaks off must have noted before it writes. */
  firstNotes: Note[];
  notes: Note[];
  forgotten: { uid: string; slot: string }[];
  /** Events of the file that are left as they are: they are older, or a colleague's. */
  unchanged: number;
  problems: { line: number; message: string }[];
}

/** One by which nothing happens. */
export const newPlan = (): Plan => ({
  writes: [],
  removals: [],
  answers: [],
  seriesAnswers: [],
  series: null,
  instances: null,
  firstNotes: [],
  notes: [],
  forgotten: [],
  unchanged: 0,
  problems: [],
});

export interface SeriesPlan {
  known: KnownSeries | null;
  /** Null: there is no series any more, and what is left of it goes on as single events, if it is not kept as it stands. */
  filed: Filed | null;
  /** What the file says of it. */
  said: SaidSeries | null;
  /** Places that the file gives an occurrence. */
  settled: Set<number>;
  /** Places that it takes one from. */
  removed: Set<number>;
  /** Places from which somebody has deleted the occurrence, and where the file has them now. */
  moved: Map<number, number>;
  /** Events that stand by themselves so far, and the places that are theirs. */
  joined: Map<string, number>;
  /** Places that are none from now on. */
  excepted: Set<number>;
  /** Where it ends: from there on a file has cancelled all of it. Null: where it ends so far. */
  end: number | null;
  isKept: boolean;
  uid: string;
  /** Of the file. */
  line: number;
}

type GivenSeries = Pick<SeriesPlan, "known" | "filed" | "said" | "uid" | "line" | "isKept">;
export const newSeriesPlan = (given: GivenSeries): SeriesPlan => ({
  ...given,
  settled: new Set(),
  removed: new Set(),
  moved: new Map(),
  joined: new Map(),
  excepted: new Set(),
  end: null,
});

/** What is there, for a family. */
export interface Standing {
  memory: Memory;
  byId: ReadonlyMap<string, Known>;
  byUid: ReadonlyMap<string, Known>;
  /** Events of colleagues that an export of ours has written, by their mark. */
  elsewhere: ReadonlySet<string>;
  /** The series of this UID, or of the export's mark. */
  series: KnownSeries | null;
  /** What the file's series comes to; null where it has none, or none that can be kept. */
  filed: Filed | null;
  /** Whether a colleague's event, which the caller may see, is this one already. */
  isColleagues: (event: ImportedEvent) => boolean;
  /** In milliseconds: what earlier imports made outside of it, this one could not have seen. */
  span: { from: number; to: number };
  now: number;
}
