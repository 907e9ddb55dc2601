// What is kept of a person, as a file; and taking them out of everything, once that was looked at and asked about.
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { PersonExportDocument } from "../api/operations";
import { say } from "../languages/say";
import { TextField } from "../ui/fields";
import { Refused, refusalText } from "../ui/refused";
import { Erasing } from "./erasing";
import { Erased } from "./erased";
import type { Erasure } from "./rows";

interface Kept {
  email: string;
  /** JSON lines. */
  text: string;
}

/** How many things of each kind are kept, such as `event: 3`. */
function countsOf(text: string): [kind: string, count: number][] {
  const counts = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const { kind } = JSON.parse(line) as { kind: string };
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts];
}

const KINDS: Record<string, string> = {
  event: say("Events"),
  history: say("History"),
  series: say("Series"),
  act: say("Acts of admins"),
  user: say("Users"),
  record: say("Records"),
  token: say("Access tokens"),
  grant: say("Access to calendars"),
  webhook: say("Webhooks"),
  signIn: say("Sign-ins"),
  idempotencyKey: say("Keys of repeated requests"),
  syncNotice: say("Refused requests"),
  syncClient: say("Sync clients"),
};

export function Forgetting() {
  const [email, setEmail] = useState("");
  const [kept, setKept] = useState<Kept | null>(null);
  const [erasing, setErasing] = useState(false);
  const [erasure, setErasure] = useState<Erasure | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  async function look(event: Event): Promise<void> {
    event.preventDefault();
    setErasure(null);
    setKept(null);
    try {
      const wanted = email.trim();
      setKept({ email: wanted, text: (await ask(PersonExportDocument, { email: wanted })).personExport });
      setProblem(null);
    } catch (error) {
      setProblem(refusalText(error));
    }
  }
  return (
    <section aria-label={say("Forgetting")}>
      <p>
        {say(
          "Whoever asks may have what is kept of them, and may be forgotten: their address, name and records go from every event, record, history and log. Meetings and answers stay.",
        )}
      </p>
      <form class="form-grid" onSubmit={(event) => void look(event)}>
        <TextField label={say("An address of theirs")} required value={email} onChange={setEmail} />
        <button class="button primary">{say("See what is kept")}</button>
        <Refused text={problem} />
      </form>
      {kept && <KeptOf kept={kept} onErase={() => setErasing(true)} />}
      {erasure && <Erased erasure={erasure} />}
      {erasing && kept && (
        <Erasing
          email={kept.email}
          onClose={() => setErasing(false)}
          onDone={(done) => {
            setErasure(done);
            setKept(null);
          }}
        />
      )}
    </section>
  );
}

function KeptOf({ kept: { email, text }, onErase }: { kept: Kept; onErase: () => void }) {
  if (text === "") return <p class="empty">{say("Nothing is kept of {email}.", { email })}</p>;
  return (
    <div class="raised" role="status">
      <h2 dir="auto">{say("Kept of {email}", { email })}</h2>
      <ul class="counts">
        {countsOf(text).map(([kind, count]) => (
          <li key={kind}>
            {KINDS[kind] ?? kind}: {count}
          </li>
        ))}
      </ul>
      <p class="row-acts">
        <button type="button" class="button" onClick={() => download(text)}>
          {say("Download it")}
        </button>
        <button type="button" class="button danger" onClick={onErase}>
          {say("Erase this person…")}
        </button>
      </p>
    </div>
  );
}

/** The file's name tells nobody whose it is. */
function download(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "person.jsonl";
  link.click();
  URL.revokeObjectURL(address);
}
