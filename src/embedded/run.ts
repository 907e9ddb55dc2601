/**
 * Runs one of PostgreSQL's own programs to its end, as the user and in the surroundings they need.
 */
import { spawn } from "node:child_process";

/** Empty: the user who runs us. Filled when we are root, as which PostgreSQL refuses to run. */
export interface Identity {
  uid?: number;
  gid?: number;
}

export interface Surroundings {
  cwd: string;
  env: NodeJS.ProcessEnv;
  identity: Identity;
  /** What the program reads from its standard input; nothing by default. */
  input?: string;
}

export interface Ending {
  /** Null when the program could not be run or was killed; `output` then says why. */
  code: number | null;
  output: string;
}

/**
 * The caller's PATH and nothing else: PGDATA, PGPORT or LD_LIBRARY_PATH set for another database would lead
 * our programs astray. Their messages stay English, because `postmaster.ts` reads some of them.
 */
export function cleanEnvironment(env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { PATH: env.PATH ?? "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" };
}

/** Never rejects. The program has its own session, so a Ctrl-C in the terminal leaves it to finish. */
export function run(
  program: string,
  args: string[],
  { cwd, env, identity, input = "" }: Surroundings,
): Promise<Ending> {
  return new Promise((resolve) => {
    const stdio: ["pipe", "pipe", "pipe"] = ["pipe", "pipe", "pipe"];
    const child = spawn(program, args, { cwd, env, ...identity, detached: true, stdio });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A program that has ended reads no more: how it ended is told by its code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", (error) => resolve({ code: null, output: error.message }));
    child.on("close", (code, signal) => {
      const said = Buffer.concat(chunks).toString().trim();
      resolve({ code, output: signal === null ? said : `${said} (ended by ${signal})` });
    });
  });
}
