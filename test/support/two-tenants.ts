// A database in which one organisation is the mirror of another: the same ids, times and addresses in every table, but
// other names and texts. Whatever leaves out whose rows it means meets the wrong ones, which come first.
import type pg from "pg";

/** The SEQUENCE of an instance in a file of ours which a file of theirs had whole. */
export const MIRRORED_AS_WHOLE = 77;

const LATER = "start_time + interval '2 h'";

/** Tables of a tenant, and the texts by which the mirror is told from what it mirrors. */
const MIRRORED: Record<string, Record<string, string>> = {
  app_user: {
    name: "'Their ' || name",
    timezone: "'Asia/Tokyo'",
    disabled_at: "case when role = 'admin' then now() end",
  },
  user_address: { since: "since - interval '1 ms'" },
  access_token: { name: "'Their ' || name", hash: "sha256(hash)" },
  calendar: { clock: "clock + interval '5 ms'" },
  calendar_grant: { access: "'write'" },
  record: { name: "'Their ' || name" },
  series: { content: `content || '{"subject": "Theirs"}'`, i_cal_uid: "'theirs-' || i_cal_uid" },
  event: {
    subject: "'Their ' || subject",
    description: "'Theirs'",
    overrides:
      "case when series_id is not null and overrides = '{}' then '{description}'::text[] else '{}' end",
    start_time: LATER,
    end_time: "end_time + interval '2 h'",
    // Whoever has declined here has left there.
    left_user_ids: `array(select (a ->> 'userId')::bigint from jsonb_array_elements(attendees) a
                          where a ->> 'status' = 'Declined' and a ->> 'userId' is not null)`,
  },
  calendar_entry: {
    tick: "tick - interval '1 ms'",
    removed_at: "removed_at - interval '1 ms'",
    start_time: LATER,
    end_time: "end_time + interval '2 h'",
  },
  // Their files were of later versions, and named places otherwise.
  imported_event: {
    sequence: "sequence + 5",
    slot: `case when sequence = ${MIRRORED_AS_WHOLE} then '*' when slot like '2%' then slot else 'x' || slot end`,
  },
  event_history: { changes: `'{"subject": "Theirs"}'`, kind: "'created'" },
  admin_history: { changes: `'{"name": "Theirs"}'`, kind: "'created'" },
  webhook: { name: "'Their ' || name", secret: "sha256('theirs')", url: "'https://10.0.0.1/'" },
  webhook_cursor: {
    delivered: "delivered + 7",
    last_error: "'Theirs.'",
    covered: "covered + interval '1 s'",
  },
  webhook_attempt: { message_id: "'theirs'" },
  idempotency_key: { answer: "replace(answer, 'Meeting', 'Their meeting')" },
};

/** Ids of an event, a removed one, a record, a calendar and a token that only the mirror has. */
export const THEIRS_ALONE = {
  event: "777777",
  removed: "888888",
  record: "999999",
  calendar: "555555",
  token: "444444",
  webhook: "333333",
  series: "222222",
  colleagues: "666666",
};

/** Rows of ours by which the mirror gets what it alone has: see THEIRS_ALONE. `elsewhere` is put into the calendar of `event`,
 * and the occurrence of a series into the calendar of `elsewhere`. */
export type Likes = Record<
  "event" | "removed" | "record" | "user" | "elsewhere" | "occurrence" | "series" | "colleagues",
  string
>;

/** What the mirror has beside: the row of `table` whose id is `like`, once more as `id`. */
async function copy(
  client: pg.PoolClient,
  table: string,
  [key, like, id]: string[],
  theirs: string,
): Promise<void> {
  await client.query(
    `create temporary table kept as select * from ${table} where organisation_id = ${theirs} and ${key} = ${like}`,
  );
  await client.query(`update kept set ${key} = ${id}`);
  if (table === "calendar") await client.query(`update kept set id = ${id}`);
  if (table === "app_user") await client.query("update kept set email = 'else@x.co'");
  await client.query(
    `insert into ${table} select * from kept ${table === "event" ? "" : "on conflict do nothing"}`,
  );
  await client.query("drop table kept");
}

export async function mirror(
  sql: Pick<pg.Pool, "connect">,
  ours: string,
  theirs: string,
  like: Likes,
): Promise<void> {
  const client = await sql.connect();
  // Without triggers and foreign keys: rows as they are.
  await client.query("set session_replication_role = replica");
  for (const [table, changed] of Object.entries(MIRRORED)) {
    const { rows } = await client.query<{ column_name: string }>(
      "select column_name from information_schema.columns where table_name = $1 and table_schema = 'public'",
      [table],
    );
    const columns = rows.map(({ column_name: name }) => name);
    const of = (name: string): string => (name === "organisation_id" ? theirs : (changed[name] ?? name));
    await client.query(
      `create temporary table kept as select * from ${table} where organisation_id = ${ours}`,
    );
    await client.query(`delete from ${table}`);
    for (const values of [columns.map(of), columns]) {
      await client.query(
        `insert into ${table} (${columns.join()}) overriding system value select ${values.join()} from kept`,
      );
    }
    await client.query("drop table kept");
  }
  await copy(client, "event", ["id", like.event, THEIRS_ALONE.event], theirs);
  await copy(client, "event", ["id", like.colleagues, THEIRS_ALONE.colleagues], theirs);
  await client.query(
    `update event set i_cal_uid = id::text where organisation_id = ${theirs} and id in (${THEIRS_ALONE.event}, ${THEIRS_ALONE.colleagues})`,
  );
  await copy(client, "calendar_entry", ["event_id", like.event, THEIRS_ALONE.event], theirs);
  await copy(client, "calendar_entry", ["event_id", like.removed, THEIRS_ALONE.removed], theirs);
  await copy(client, "calendar_entry", ["event_id", like.event, like.elsewhere], theirs);
  await copy(client, "calendar_entry", ["event_id", like.elsewhere, like.occurrence], theirs);
  await copy(client, "app_user", ["id", like.user, THEIRS_ALONE.calendar], theirs);
  await client.query(`insert into user_address values (${theirs}, 'else@x.co', ${THEIRS_ALONE.calendar})`);
  await copy(client, "calendar", ["user_id", like.user, THEIRS_ALONE.calendar], theirs);
  await copy(client, "series", ["id", like.series, THEIRS_ALONE.series], theirs);
  await copy(client, "record", ["id", like.record, THEIRS_ALONE.record], theirs);
  // Everybody there may write in every calendar.
  await client.query(
    `insert into calendar_grant (organisation_id, user_id, calendar_id, access)
     select u.organisation_id, u.id, c.id, 'write'
     from app_user u join calendar c on c.organisation_id = u.organisation_id and c.user_id <> u.id
     where u.organisation_id = ${theirs} on conflict do nothing`,
  );
  await client.query(
    `insert into access_token (organisation_id, id, user_id, name, hash, scopes) overriding system value
     select organisation_id, ${THEIRS_ALONE.token}, user_id, 'Alone', sha256('alone'), scopes
     from access_token where organisation_id = ${theirs} order by id limit 1`,
  );
  await client.query(
    `insert into webhook (organisation_id, id, user_id, name, url, secret) overriding system value
     select organisation_id, ${THEIRS_ALONE.webhook}, user_id, 'Alone', 'https://8.8.8.8/', sha256('alone')
     from webhook where organisation_id = ${theirs} order by id limit 1`,
  );
  await client.query("set session_replication_role = origin");
  client.release();
}

/** What the mirror holds, to see whether anybody wrote to it. */
export async function contentOf(sql: Pick<pg.Pool, "query">, organisation: string): Promise<string> {
  const sums = Object.keys(MIRRORED).map(
    (table) =>
      `(select md5(string_agg(t::text, '|' order by t::text)) from ${table} t where organisation_id = ${organisation}) as ${table}`,
  );
  const { rows } = await sql.query<Record<string, string>>(`select ${sums.join()}`);
  return JSON.stringify(rows[0]);
}
