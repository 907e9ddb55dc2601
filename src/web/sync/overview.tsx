// The whole organisation: every calendar with each client that follows it, the worst first. For administrators.
import { useEffect } from "preact/hooks";
import type { SyncState } from "../api/operations";
import { many, say } from "../languages/say";
import { durationText } from "../ui/durations";
import { ChoiceField } from "../ui/fields";
import { TableHead } from "../ui/table-head";
import { momentText } from "../ui/times";
import { type Mood, NOBODY_LEFT } from "./health";
import {
  choose,
  filter,
  first,
  keepList,
  listProblem,
  readMore,
  rest,
  type Standing,
  STATES,
} from "./standings";
import { zone } from "./state";

const FAR_BEHIND_SECONDS = 900;

const WORDS: Record<SyncState, { mood: Mood; word: string }> = {
  REFUSED: { mood: "bad", word: say("Refused") },
  BEHIND: { mood: "warm", word: say("Behind") },
  SILENT: { mood: "warm", word: say("Silent") },
  NEVER: { mood: "idle", word: say("Never polled") },
  IN_STEP: { mood: "good", word: say("In step") },
  NOBODY: { mood: "idle", word: say("Nobody polls it") },
  ENDED: { mood: "idle", word: say("Token ended") },
};

export function Overview() {
  useEffect(keepList, []);
  const page = first.value;
  const pages = page ? [page, ...rest.value] : [];
  const rows = pages.flatMap(({ edges }) => edges.map(({ node }) => node));
  return (
    <>
      {listProblem.value !== null && (
        <p class="notice bad" role="alert">
          {`${listProblem.value} ${say("It is tried again every few seconds.")}`}
        </p>
      )}
      {page && <Verdict rows={rows} />}
      <section aria-labelledby="all-title" aria-busy={page === null}>
        <h2 id="all-title">{say("Every calendar, the worst first")}</h2>
        <Filters names={page?.clientNames ?? []} />
        {page !== null && rows.length === 0 && <p class="empty">{say("Nothing fits.")}</p>}
        {rows.length > 0 && <Table rows={rows} />}
        {pages.at(-1)?.pageInfo.hasNextPage && (
          <button type="button" class="button" onClick={() => void readMore()}>
            {say("More")}
          </button>
        )}
      </section>
    </>
  );
}

/** What the rows come to; only those that are shown are counted. */
function Verdict({ rows }: { rows: readonly Standing[] }) {
  const count = (...states: SyncState[]): number => rows.filter(({ state }) => states.includes(state)).length;
  const [refused, late, good] = [count("REFUSED"), count("BEHIND", "SILENT"), count("IN_STEP")];
  const ended = count("ENDED");
  const mood = refused > 0 ? "bad" : late > 0 ? "warm" : good > 0 ? "good" : "idle";
  const titles = {
    bad: say("Something is wrong"),
    warm: say("Something may be wrong"),
    good: say("Everything is in step"),
    idle: ended > 0 ? NOBODY_LEFT : say("Nobody has polled yet"),
  };
  return (
    <section class="verdict" data-mood={mood} aria-live="polite">
      <span class="lamp" />
      <div>
        <h2>{titles[mood]}</h2>
        <p>
          {say("Of what is listed, {refused} refused, {late} behind or silent, {good} in step.", {
            refused,
            late,
            good,
          })}
          {ended > 0 &&
            ` ${many(ended, "{count} has no token any more.", "{count} have no token any more.")}`}
        </p>
      </div>
    </section>
  );
}

function Filters({ names }: { names: readonly string[] }) {
  const { state, client } = filter.value;
  const known = client === null || names.includes(client) ? names : [client, ...names];
  return (
    <div class="filters">
      <ChoiceField
        label={say("State")}
        value={state ?? ""}
        choices={[["", say("Every state")], ...STATES.map((each) => [each, WORDS[each].word] as const)]}
        onChange={(chosen) => choose({ state: STATES.find((each) => each === chosen) ?? null })}
      />
      <ChoiceField
        label={say("Client")}
        value={client ?? ""}
        choices={[["", say("Every client")], ...known.map((name) => [name, name] as const)]}
        onChange={(chosen) => choose({ client: chosen || null })}
      />
    </div>
  );
}

const Table = ({ rows }: { rows: readonly Standing[] }) => (
  <div class="table-frame">
    <table class="standings">
      <TableHead titles={[say("Calendar"), say("State"), say("Client"), say("Waiting"), say("Last poll")]} />
      <tbody>
        {rows.map((row) => (
          <Row key={`${row.calendar.id} ${row.client?.tokenId ?? ""}`} row={row} />
        ))}
      </tbody>
    </table>
  </div>
);

/** The state with what is to be known of it. */
function wordOf({ state, client }: Standing): { mood: Mood; word: string; more?: string } {
  const plain = WORDS[state];
  if (client === null) return plain;
  const { behindSeconds, refusedCode, refusedAt, heardAt, live } = client;
  if (state === "BEHIND") {
    const mood = behindSeconds >= FAR_BEHIND_SECONDS ? "bad" : "warm";
    return { mood, word: say("{duration} behind", { duration: durationText(behindSeconds * 1_000) }) };
  }
  if (state === "REFUSED" && refusedAt !== null)
    return { ...plain, more: `${refusedCode ?? ""}, ${momentText(refusedAt, zone.value)}` };
  if (state === "SILENT")
    return { ...plain, more: say("since {moment}", { moment: momentText(heardAt, zone.value) }) };
  return state === "IN_STEP" && live ? { mood: "good", word: say("Live") } : plain;
}

function Row({ row }: { row: Standing }) {
  const { calendar, client } = row;
  const { mood, word, more } = wordOf(row);
  return (
    <tr>
      <th scope="row">
        <a class="client-name" href={`/sync?calendar=${calendar.id}`} dir="auto">
          {calendar.name}
        </a>
      </th>
      <td data-label={say("State")}>
        <span class="pill" data-mood={mood}>
          {word}
        </span>
        {more !== undefined && <span class="quiet small">{more}</span>}
      </td>
      <td data-label={say("Client")} dir="auto">
        {client?.name ?? "–"}
        {client?.user && client.user.name !== calendar.name && (
          <span class="quiet small">{say("of {name}", { name: client.user.name })}</span>
        )}
      </td>
      <td data-label={say("Waiting")} class="number">
        {client?.waiting ?? "–"}
      </td>
      <td data-label={say("Last poll")}>
        {client?.polledAt ? momentText(client.polledAt, zone.value) : say("never")}
      </td>
    </tr>
  );
}
