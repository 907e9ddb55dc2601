// Where one looks for a record: by a part of its name, or by an address. What is looked for stands in the page's address.
import { useEffect, useState } from "preact/hooks";
import { ask, reasonOf } from "../api/client";
import { ListRecordsDocument, type ListRecordsQuery, type RecordType } from "../api/operations";
import { many, say, titlePage } from "../languages/say";
import { token } from "../session";
import { RECORD_TYPES } from "../ui/record-types";
import { TYPES, typeOf } from "./address";
import { Way } from "./way";

type Found = ListRecordsQuery["records"]["edges"][number]["node"];

interface Wish {
  text: string;
  type: RecordType | null;
}

interface Answer {
  records: Found[];
  more: string | null;
}

const PAGE = 50;
const PAUSE_MS = 200;
const PLURALS: Record<RecordType, string> = {
  Contact: say("Contacts"),
  Account: say("Accounts"),
  Opportunity: say("Opportunities"),
  Lead: say("Leads"),
};

async function find({ text, type }: Wish, after: string | null): Promise<Answer> {
  const sought = text.trim();
  const by = /^\S+@\S+$/.test(sought) ? { emails: [sought] } : { q: sought || null };
  const { records } = await ask(ListRecordsDocument, { type, ...by, first: PAGE, after });
  const { hasNextPage, endCursor } = records.pageInfo;
  return { records: records.edges.map(({ node }) => node), more: hasNextPage ? endCursor : null };
}

function wishOfAddress(): Wish {
  const { searchParams } = new URL(location.href);
  return { text: searchParams.get("q") ?? "", type: typeOf(searchParams.get("type") ?? "") ?? null };
}

/** So that Back leads from a record to what was found. */
function keepInAddress({ text, type }: Wish): void {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries({ q: text.trim(), type: type ?? "" }))
    if (value === "") address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  history.replaceState(history.state, "", address);
}

function useAnswer(wish: Wish, secret: string | null) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [first] = useState(wish);
  useEffect(() => {
    if (secret === null) return undefined;
    let wanted = true;
    const timer = setTimeout(
      () => {
        keepInAddress(wish);
        find(wish, null)
          .then((found) => {
            if (!wanted) return;
            setAnswer(found);
            setProblem(null);
          })
          .catch((error: unknown) => wanted && setProblem(reasonOf(error)));
      },
      wish === first ? 0 : PAUSE_MS,
    );
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [wish, secret]);
  async function more(): Promise<void> {
    try {
      const next = await find(wish, answer?.more ?? null);
      setAnswer((held) => ({ records: [...(held?.records ?? []), ...next.records], more: next.more }));
    } catch (error) {
      setProblem(reasonOf(error));
    }
  }
  return { answer, problem, more };
}

export function Start() {
  const [wish, setWish] = useState(wishOfAddress);
  const { answer, problem, more } = useAnswer(wish, token.value);
  useEffect(() => {
    titlePage(say("Records"));
  }, []);
  return (
    <main id="content" tabIndex={-1} class="record" aria-busy={answer === null && problem === null}>
      <h1>{say("Records")}</h1>
      <form role="search" class="record-search" onSubmit={(event) => event.preventDefault()}>
        <label class="field grow">
          <span>{say("Name or e-mail address")}</span>
          <input
            type="search"
            autofocus
            value={wish.text}
            onInput={({ currentTarget }) => setWish({ ...wish, text: currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>{say("Type")}</span>
          <select
            value={wish.type ?? ""}
            onChange={({ currentTarget }) => setWish({ ...wish, type: typeOf(currentTarget.value) ?? null })}
          >
            <option value="">{say("All|types")}</option>
            {TYPES.map((type) => (
              <option key={type} value={type}>
                {PLURALS[type]}
              </option>
            ))}
          </select>
        </label>
      </form>
      {problem !== null && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      {answer && <Results answer={answer} wish={wish} onMore={() => void more()} />}
    </main>
  );
}

function Results({ answer, wish, onMore }: { answer: Answer; wish: Wish; onMore: () => void }) {
  const { records, more } = answer;
  const isAll = wish.text.trim() === "" && wish.type === null;
  return (
    <section aria-label={say("Found")}>
      <p class={records.length > 0 ? "unseen" : "quiet"} role="status">
        {records.length > 0 &&
          (more === null
            ? many(records.length, "{count} record", "{count} records")
            : say("{count} records and more", { count: records.length }))}
        {records.length === 0 &&
          (isAll ? say("There are no records yet.") : say("No record is called that."))}
      </p>
      <ul class="record-list">
        {records.map((record) => (
          <Row key={record.id} record={record} />
        ))}
      </ul>
      {more !== null && (
        <button type="button" class="button" onClick={onMore}>
          {say("More")}
        </button>
      )}
    </section>
  );
}

const Row = ({ record: { id, type, name, emails, account } }: { record: Found }) => (
  <li>
    <Way to={`/records/${type}/${id}`} className="whole">
      {name}
    </Way>
    <span class="quiet small">{RECORD_TYPES[type]}</span>
    <span class="quiet small" dir="auto">
      {[account?.name, ...emails].filter(Boolean).join(" · ")}
    </span>
  </li>
);
