// Who made, changed and ended what: the acts of administrators, newest first, page by page. Which, the address says.
import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api/client";
import { ActsDocument, type ActsQuery, type AdminSubject } from "../api/operations";
import { say } from "../languages/say";
import { account } from "../ui/account";
import { ChoiceField } from "../ui/fields";
import { Refused, refusalText } from "../ui/refused";
import { TableHead } from "../ui/table-head";
import { BROWSER_ZONE, momentText } from "../ui/times";
import { byProgram, fieldName, valueText } from "./act-words";

type Act = ActsQuery["adminHistory"]["edges"][number]["node"];

const PAGE = 50;
const SUBJECTS = [
  ["", say("Everything")],
  ["user", say("Users")],
  ["token", say("Access tokens")],
  ["grant", say("Access to calendars")],
  ["record", say("Records")],
  ["webhook", say("Webhooks")],
  ["organisation", say("The organisation")],
  ["person", say("Erased people")],
] as const;

/** What one of them is called. */
const SUBJECT: Record<AdminSubject, string> = {
  user: say("user"),
  token: say("token"),
  grant: say("grant"),
  record: say("record"),
  webhook: say("webhook"),
  organisation: say("organisation"),
  person: say("person"),
};

interface Wanted {
  subject: AdminSubject | null;
  subjectId: string | null;
}

function wantedOf(search: string): Wanted {
  const given = new URLSearchParams(search);
  const [subject = ""] = SUBJECTS.find(([word]) => word === given.get("subject")) ?? [];
  const id = given.get("id");
  return {
    subject: subject === "" ? null : subject,
    subjectId: id !== null && /^\d{1,16}$/.test(id) ? id : null,
  };
}

export function Acts() {
  const [wanted, setWanted] = useState(() => wantedOf(location.search));
  const [acts, setActs] = useState<Act[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const latest = useRef(wanted);
  async function load(after: string | null, before: readonly Act[]): Promise<void> {
    latest.current = wanted;
    try {
      const { adminHistory: page } = await ask(ActsDocument, { ...wanted, first: PAGE, after });
      // An answer to what is no longer asked for.
      if (latest.current !== wanted) return;
      setActs([...before, ...page.edges.map(({ node }) => node)]);
      setNext(page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null);
      setProblem(null);
    } catch (error) {
      setProblem(refusalText(error));
    }
  }
  useEffect(() => void load(null, []), [wanted]);
  function choose(subject: string): void {
    history.replaceState(null, "", subject === "" ? location.pathname : `?subject=${subject}`);
    setActs(null);
    setWanted(wantedOf(location.search));
  }
  return (
    <section aria-label={say("Acts of admins")} aria-busy={acts === null && problem === null}>
      <div class="filters">
        <ChoiceField label={say("Show")} value={wanted.subject ?? ""} choices={SUBJECTS} onChange={choose} />
        {wanted.subjectId !== null && (
          <p>
            {say("Only {subject} {id}.", {
              subject: wanted.subject === null ? "" : SUBJECT[wanted.subject],
              id: wanted.subjectId,
            })}{" "}
            <button type="button" class="text-button" onClick={() => choose(wanted.subject ?? "")}>
              {say("Show all")}
            </button>
          </p>
        )}
      </div>
      <Refused text={problem} />
      {acts?.length === 0 && (
        <p class="empty">{say("Nothing was done, or it is older than what is kept.")}</p>
      )}
      {acts && acts.length > 0 && <ActTable acts={acts} />}
      {acts && next !== null && (
        <button type="button" class="button" onClick={() => void load(next, acts)}>
          {say("Older")}
        </button>
      )}
    </section>
  );
}

const ActTable = ({ acts }: { acts: readonly Act[] }) => (
  <div class="table-frame">
    <table>
      <TableHead titles={[say("When"), say("By"), say("What"), say("To what")]} />
      <tbody>
        {acts.map((act) => (
          <Row key={act.id} act={act} />
        ))}
      </tbody>
    </table>
  </div>
);

const KINDS = {
  created: ["good", say("created")],
  changed: ["idle", say("changed")],
  deleted: ["warm", say("deleted")],
} as const;

function Row({ act }: { act: Act }) {
  const { at, kind, subject, subjectId, client, user } = act;
  const [mood, word] = KINDS[kind];
  const fields = act.fields.filter((field) => isWorthShowing(act, field));
  return (
    <tr>
      <td data-label={say("When")}>{momentText(at, account.value?.timezone ?? BROWSER_ZONE)}</td>
      <td data-label={say("By")} dir="auto">
        {user?.name ?? byProgram(client)}
        {user && <span class="quiet small">{say("through {client}", { client })}</span>}
      </td>
      <td data-label={say("What")} class="wraps whole">
        <span class="pill" data-mood={mood}>
          {word}
        </span>
        <ul class="changes">
          {fields.map(({ field, before, after }) => (
            <li key={field}>
              <span class="quiet">{fieldName(field)}</span>{" "}
              <Change kind={kind} before={valueText(field, before)} after={valueText(field, after)} />
            </li>
          ))}
        </ul>
      </td>
      <td data-label={say("To what")}>
        {SUBJECT[subject]} {subjectId}
      </td>
    </tr>
  );
}

/** What was made has most of its fields empty; what they were changed from and to says something. */
const isWorthShowing = ({ kind }: Act, { before, after }: Act["fields"][number]): boolean =>
  kind === "changed" ||
  ![before, after].every((value) => value === null || (Array.isArray(value) && value.length === 0));

interface ChangeProps {
  kind: Act["kind"];
  before: string;
  after: string;
}

function Change({ kind, before, after }: ChangeProps) {
  if (kind === "created") return <bdi>{after}</bdi>;
  if (kind === "deleted") return <bdi>{before}</bdi>;
  return (
    <>
      <bdi>
        <del>{before}</del>
      </bdi>{" "}
      <bdi>
        <ins>{after}</ins>
      </bdi>
    </>
  );
}
