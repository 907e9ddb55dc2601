// npm run bench:import: what a calendar file of 100,000 events takes to bring in, by the command: how long, and how much more memory
// at its peak than the same command has for a file of one event. Goals: 60 s and 200 MB.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PROGRAM } from "../support/child";
import { ORGANISATION } from "./data";
import { describeMachine, loadAverage, memoryPeak } from "./machine";
import { type Stage, toTheEnd, withStage } from "./stage";

const EVENTS = Number(process.argv[2] ?? 100_000);
/** One in so many is a series of ten. */
const SERIES = 200;
const OF_SERIES = 10;
const MINUTE_MS = 60_000;
const FIRST = Date.UTC(2026, 0, 5, 8);

const basic = (at: number): string => new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "") + "Z";

function vevent(run: string, number: number): string {
  const at = FIRST + (number % 50_000) * 10 * MINUTE_MS;
  const lines = [
    ...["BEGIN:VEVENT", `UID:${run}-${number}@bench.test`, `DTSTAMP:${basic(FIRST)}`],
    ...[`DTSTART:${basic(at)}`, `DTEND:${basic(at + 30 * MINUTE_MS)}`, `SUMMARY:Meeting ${number}`],
    ...["LOCATION:Room 4", `DESCRIPTION:${"What is to be talked about. ".repeat(8)}`],
    ...(number % 5 === 0 ? [1, 2].map((guest) => `ATTENDEE:mailto:guest${guest}@customer.test`) : []),
    ...(number % SERIES === 0 ? [`RRULE:FREQ=DAILY;COUNT=${OF_SERIES}`] : []),
    "END:VEVENT",
  ];
  return `${lines.join("\r\n")}\r\n`;
}

/** A file that comes to so many events. */
async function fileOf(run: string, folder: string, events: number): Promise<string> {
  const name = path.join(folder, `${events}.ics`);
  const out = createWriteStream(name);
  out.write("BEGIN:VCALENDAR\r\n");
  for (let [made, number] = [0, 1]; made < events; number++) {
    made += number % SERIES === 0 ? OF_SERIES : 1;
    if (!out.write(vevent(run, number))) await once(out, "drain");
  }
  out.end("END:VCALENDAR\r\n");
  await once(out, "finish");
  return name;
}

/** Brings a file in, by the command. */
async function bringIn(
  { databaseUrl }: Stage,
  file: string,
  email: string,
): Promise<{ seconds: number; peakMb: number; said: string }> {
  const began = performance.now();
  const env = { ...process.env, DATABASE_URL: databaseUrl, LOG_LEVEL: "error" };
  const child = spawn(process.execPath, [PROGRAM, "import", file, "--email", email], { env });
  let [said, peakMb] = ["", 0];
  child.stdout.on("data", (text: Buffer) => (said += text.toString()));
  child.stderr.on("data", (text: Buffer) => (said += text.toString()));
  const look = setInterval(() => {
    try {
      peakMb = Math.max(peakMb, memoryPeak(child.pid ?? 0));
    } catch {
      // It has ended between two looks.
    }
  }, 50);
  const [code] = (await once(child, "close")) as [number];
  clearInterval(look);
  if (code !== 0) throw new Error(said);
  return { seconds: (performance.now() - began) / 1_000, peakMb, said: said.trim() };
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "tidemark-imports-"));
  await withStage(
    1_000,
    async (stage) => {
      const run = String(Date.now());
      const email = `import${run}@bench.test`;
      await stage.client.query(
        "insert into app_user (organisation_id, email, name, timezone) values ($1, $2, 'Import', 'Europe/Paris')",
        [ORGANISATION, email],
      );
      console.log(`${describeMachine()}, load ${loadAverage()}`);
      const idle = await bringIn(stage, await fileOf(`${run}-one`, folder, 1), email);
      const whole = await fileOf(run, folder, EVENTS);
      for (const name of ["new", "again, unchanged"]) {
        const { seconds, peakMb, said } = await bringIn(stage, whole, email);
        const above = (peakMb - idle.peakMb).toFixed(0);
        console.log(
          `- ${EVENTS} events, ${name}: ${seconds.toFixed(1)} s, ${above} MB above idle (${idle.peakMb.toFixed(0)} MB)`,
        );
        console.log(`  ${said.split("\n").at(-1)}`);
      }
      console.log(`load ${loadAverage()}`);
    },
    path.join(tmpdir(), "tidemark-bench-imports"),
  ).finally(() => rmSync(folder, { recursive: true, force: true }));
}

toTheEnd(main());
