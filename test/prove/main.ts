// npm run prove: runs the proof and says how it went.
import { hangUp } from "./http";
import { readOptions, USAGE, WrongUsage, type Options } from "./options";
import { withBatches } from "./plan";
import { prove } from "./prove";
import { readable } from "./report";
import { runningElsewhere, startService } from "./service";

async function run(options: Options): Promise<number> {
  const { elsewhere } = options;
  const progress = (line: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  };
  progress("starting the service");
  const service = elsewhere ? runningElsewhere(elsewhere.url, elsewhere.token) : await startService(options);
  const acts = options.batches === null ? {} : { acts: withBatches(options.batches) };
  const emphasis = { ...acts, batchSize: options.batchSize };
  const report = await prove(service, {
    ...options,
    series: true,
    hooks: elsewhere === null,
    emphasis,
    progress,
  }).catch(async (error: unknown) => {
    await service.stop();
    throw error;
  });
  hangUp();
  for (const fault of await service.stop()) {
    report.counts.defects++;
    report.faults++;
    report.examples.push({ promise: "defects", text: fault });
  }
  progress("");
  console.log(options.json ? JSON.stringify(report) : readable(report));
  return report.faults === 0 ? 0 : 1;
}

async function main(words: readonly string[]): Promise<number> {
  try {
    return await run(readOptions(words, process.env));
  } catch (error) {
    if (error instanceof WrongUsage) {
      console.error(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    console.error(error);
    return 1;
  }
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
