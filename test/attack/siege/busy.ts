// The measure beside the quiet: an unrelated program that never pauses on each core, as any other on the machine may. It asks
// the service for nothing, so what the neighbour waits then is its turn for a processor, which no service gives or takes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";

const SPINS = "for (;;);";

/** Does the work while every core is busy with something else, at the priority of this process. */
export async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
  const programs = Array.from({ length: availableParallelism() }, () =>
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
