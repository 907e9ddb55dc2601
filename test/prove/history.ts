// What is known of one event's fields: who set what, at which tick, and what may have been set by writes whose answer
// never came. From it follows what a version may show.

interface Fact {
  tick: string;
  value: string;
}

/** A write on its way: a value for each of some fields. */
export interface OpenWrite {
  values: ReadonlyMap<string, string>;
  /** It replaces the list of attendees, so people may come and go by it. */
  list: boolean;
}

interface Maybe {
  value: string;
  until: string;
}

/** Of each field. A status has fewer values than that, so none of them is ever forgotten. */
const REMEMBERED = 12;
const FOREVER = "9999";
/** The status of somebody who is not on the list. */
export const ABSENT = "absent";
/** The status of somebody who is new on the list. */
const NEWCOMER = "NoResponse";
export const statusField = (userId: string): string => `status of user ${userId}`;

export class History {
  private readonly facts = new Map<string, Fact[]>();
  private readonly open = new Set<OpenWrite>();
  private readonly maybes = new Map<string, Maybe[]>();
  private listMaybe = "";

  /** Whether a write is on its way. */
  get busy(): boolean {
    return this.open.size > 0;
  }

  begin(write: OpenWrite): void {
    this.open.add(write);
  }

  /** The write is over. At `tick` its values held; null where it was refused. */
  settle(write: OpenWrite, { tick, lost }: { tick: string | null; lost: boolean }): void {
    this.open.delete(write);
    for (const [field, value] of write.values) {
      if (tick !== null) this.know(field, tick, value);
      // An earlier try may have been carried out, and shown until then; without an answer, at any time.
      if (lost) this.suppose(field, value, tick ?? FOREVER);
    }
    if (lost && write.list) this.listMaybe = tick === null || this.listMaybe > tick ? FOREVER : tick;
  }

  private suppose(field: string, value: string, until: string): void {
    const maybes = this.maybes.get(field) ?? [];
    const before = maybes.find((maybe) => maybe.value === value);
    if (before === undefined) maybes.push({ value, until });
    else if (before.until < until) before.until = until;
    if (maybes.length > REMEMBERED) maybes.shift();
    this.maybes.set(field, maybes);
  }

  know(field: string, tick: string, value: string): void {
    const facts = this.facts.get(field) ?? [];
    let index = facts.length;
    while (index > 0 && (facts[index - 1] as Fact).tick > tick) index--;
    if (facts[index - 1]?.tick === tick) index--;
    facts.splice(index, facts[index]?.tick === tick ? 1 : 0, { tick, value });
    if (facts.length > REMEMBERED) facts.shift();
    this.facts.set(field, facts);
  }

  /** Null where the version may show this value; else what it should have shown. */
  objection(field: string, tick: string, value: string): string | null {
    const known = this.latest(field, tick);
    if (known === null || known.value === value) return null;
    for (const { values } of this.open) if (values.get(field) === value) return null;
    const possible = this.maybes.get(field)?.some((maybe) => maybe.value === value && tick <= maybe.until);
    return possible ? null : known.value;
  }

  /** The same for the status of a user, who may come and go with the lists that are written. Takes note of it. */
  statusObjection(userId: string, tick: string, status: string): string | null {
    const field = statusField(userId);
    const known = this.latest(field, tick);
    const objection = this.statusDiffers(field, tick, status);
    const news = known?.value !== status && (status === ABSENT || status === NEWCOMER);
    if (objection === null && news && (known === null || known.tick < tick)) this.know(field, tick, status);
    return objection;
  }

  private statusDiffers(field: string, tick: string, status: string): string | null {
    if (status === ABSENT) return null;
    const listOpen = tick <= this.listMaybe || [...this.open].some((write) => write.list);
    if (status === NEWCOMER && (listOpen || this.latest(field, tick)?.value === ABSENT)) return null;
    return this.objection(field, tick, status);
  }

  /** The users whose status is known. */
  *people(): Generator<string> {
    const prefix = statusField("");
    for (const field of this.facts.keys()) if (field.startsWith(prefix)) yield field.slice(prefix.length);
  }

  private latest(field: string, tick: string): Fact | null {
    return this.facts.get(field)?.findLast((fact) => fact.tick <= tick) ?? null;
  }
}
