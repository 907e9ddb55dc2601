// The measure beside the quiet: unrelated programs that never pause, as many as the connections to PostgreSQL that an
// organisation may keep busy at a time, and at least one on each core. They ask the service for nothing, so what the
// neighbour waits then is its turn for a processor, which no service gives or takes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { sharesOf } from "../../../src/database/lanes";

const SPINS = "for (;;);";

/** Does the work while other programs keep every core busy, at the priority of this process. `pool` is DATABASE_POOL. */
export async function whileBusy<T>(pool: number, work: () => Promise<T>): Promise<T> {
  const count = Math.max(availableParallelism(), sharesOf(pool).organisation);
  const programs = Array.from({ length: count }, () =>
    spawn(process.execPath, ["-e", SPINS], { stdio: "ignore" }),
  );
  try {
    return await work();
  } finally {
    await Promise.all(
      programs.map(async (program) => {
        const gone = once(program, "exit");
        program.kill("SIGKILL");
        await gone;
      }),
    );
  }
}
