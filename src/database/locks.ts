// The advisory locks of background work, all of them: the two keys that PostgreSQL's functions take. Locks of one key are
// calendars and organisations, by their ids; whose keys SQL chooses is in migrations/README.md, "Locks". The lease of the
// embedded server (src/embedded/lease.ts) is a lock of the database `postgres`, where none of these are.
const SPACE = 7_310_845;

export const LOCKS = {
  /** Who brings the schema up to date. */
  migration: [SPACE, 1],
  /** Who fills an empty database with the demo. */
  demo: [SPACE, 2],
  /** Who sweeps keys and the sync log. */
  retention: [SPACE, 3],
} as const;
