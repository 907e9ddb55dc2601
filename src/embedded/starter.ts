/**
 * Gets the server going when it cannot be reached, beside other processes that try the same at the same moment:
 * PostgreSQL's own lock lets one of them through.
 */
import { type Binaries, findBinaries } from "./binaries";
import { type Cluster, NOBODY_UID, majorOf } from "./cluster";
import { messageOf } from "./error-codes";
import { clearStaleLocks, livingServer } from "./lock-files";
import { beginDraft, finishDraft, sweepDrafts } from "./new-cluster";
import { type Launch, launch } from "./postmaster";
import { isLocked, lock, makePassword } from "./secret";

export interface StarterOptions {
  env: NodeJS.ProcessEnv;
  log: (message: string) => void;
  binariesFrom?: string;
  /** Whether a missing cluster is made; otherwise it is a loss, to be reported and not papered over. */
  mayCreate: boolean;
}

/** Failures for reasons that time does not mend, before we believe them. */
const HOPELESS = 3;
/** Failures after which an empty lock file counts as left by a crash. */
const STILL_EMPTY = 3;
/** How long we wait for another process to make the cluster, which may have stopped without dying. */
const YIELDING_MS = 10_000;
const MAX_PAUSE_MS = 1_000;

const SHARED_ACCOUNT =
  "Warning: this is root, so PostgreSQL runs as nobody, an account that other programs may run as: those can read and " +
  "change the files of the database. Run the service as a user of its own, or set DATABASE_URL.";

/** Somebody else was quicker, what a killed server left behind is still ending, or somebody killed it again. */
const PASSING = /lock file|shared memory block|^postgres ended with SIG/;

export class Starter {
  /** Why the latest attempt led to nothing. */
  failure = "";
  private readonly began = performance.now();
  private launched: Launch | null = null;
  private launchedAt = 0;
  private launches = 0;
  private hopeless = 0;
  private binaries: Binaries | null = null;

  constructor(
    private readonly cluster: Cluster,
    private readonly options: StarterOptions,
  ) {}

  /** True while a server that we launched may still come up. */
  async underWay(): Promise<boolean> {
    const ending = this.launched && (await this.launched.ending());
    if (ending === null) return this.launched !== null;
    this.launched = null;
    this.failure = ending;
    if (!PASSING.test(ending) && ++this.hopeless >= HOPELESS) throw new Error(ending);
    return false;
  }

  /** Launches a server unless one is on its way, up or down. Rejects when there is no point in going on. */
  async press(): Promise<void> {
    if (await this.underWay()) return;
    if (performance.now() - this.launchedAt < Math.min(100 * this.launches, MAX_PAUSE_MS)) return;
    const living = await livingServer(this.cluster.folder);
    if (living !== null) {
      this.failure = `Process ${living} runs it, by its postmaster.pid.`;
      return;
    }
    const binaries = await this.prepare();
    if (binaries === null) return;
    await clearStaleLocks(this.cluster.folder, { emptyToo: this.launches > STILL_EMPTY });
    if (this.launches++ === 0) {
      this.options.log(`Starting PostgreSQL ${binaries.version}.`);
      if (this.cluster.identity.uid === NOBODY_UID) this.options.log(SHARED_ACCOUNT);
    }
    this.launched = await launch(this.cluster, binaries, this.options.env);
    this.launchedAt = performance.now();
  }

  /** Sees to it that there is a cluster, and finds the programs that fit it; null while another makes it. */
  private async prepare(): Promise<Binaries | null> {
    const { cluster, options } = this;
    const major = await majorOf(cluster);
    const binaries = await this.findBinaries(major);
    if (major !== null) {
      await sweepDrafts(cluster);
      return (await this.isLocked(binaries)) ? binaries : null;
    }
    if (!options.mayCreate) throw new Error(`The data in ${cluster.folder} is gone.`);
    const draft = await beginDraft(cluster, { yielding: performance.now() - this.began < YIELDING_MS });
    if (draft === null) return null;
    options.log(`Creating a database in ${cluster.folder}.`);
    await finishDraft(draft, cluster, binaries, options.env);
    // Another process may have been quicker, with another version of PostgreSQL.
    return (await majorOf(cluster)) === binaries.major ? binaries : this.prepare();
  }

  /** Sees to it that a password is asked for, also by a cluster of before there was one; false while another is at it. */
  private async isLocked(binaries: Binaries): Promise<boolean> {
    const { cluster, options } = this;
    if (await isLocked(cluster.folder, await makePassword(cluster.folder))) return true;
    options.log(`Giving the database in ${cluster.folder} a new password.`);
    await clearStaleLocks(cluster.folder, { emptyToo: false });
    try {
      await lock(cluster, cluster.folder, { binaries, env: options.env });
      return true;
    } catch (error) {
      this.failure = messageOf(error);
      if (!PASSING.test(this.failure) && ++this.hopeless >= HOPELESS) throw error;
      return false;
    }
  }

  private async findBinaries(major: number | null): Promise<Binaries> {
    if (this.binaries && (major === null || major === this.binaries.major)) return this.binaries;
    const { env, binariesFrom } = this.options;
    this.binaries = await findBinaries({ major, identity: this.cluster.identity, env, from: binariesFrom });
    return this.binaries;
  }
}
