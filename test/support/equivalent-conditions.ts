// Tenant conditions of statements that could go without a difference (test/database/tenancy-mutations.test.ts).

/** Statements whose condition can be taken away without a difference, each for a reason. */
export const EQUIVALENT: [RegExp, string][] = [
  [
    /record_keys\(r\.organisation_id, r\.emails\) && \(select record_keys\(\$\d/,
    "the keys hold the organisation",
  ],
  [/uid_keys\(e\.organisation_id, [^)]*\) @> \(select uid_keys\(\$1/, "the keys hold the organisation"],
  [
    /^0: select e\..* uid_keys\(e\.organisation_id, [^)]*\) && \(select keys_of_uids\(\$/,
    "the keys hold the organisation",
  ],
  [
    /^2: select s\.id, .* uid_keys\(o\.organisation_id, [^)]*\) && \(select keys_of_uids\(\$/,
    "the keys hold the organisation",
  ],
  [
    /event_words\(e\.organisation_id, [^)]*\) @@ \(select words_query\(\$1/,
    "the words hold the organisation",
  ],
  [/name_parts\(r\.organisation_id, [^)]*\) @@ \(select part_query\(\$1/, "the parts hold the organisation"],
  [
    /event_keys\(e\.organisation_id, [^)]*\) (@>|&&) (\(select (\$1|array\[\$1::text \|\| survivor_of|invited_keys\(\$)|t\.keys|\$2)/,
    "the keys hold the organisation",
  ],
  [
    /^0: select json_build_object\( 'id', id::text, 'type'/,
    "it tells whether a contact lives, and contacts of one id do in both",
  ],
  [/^0: select id, type, archived_at is not null/, "what is merged, and into what, is the organisation's"],
  [
    /^[01]: with recursive made/,
    "ids are walked, and the rows of the organisation that have them are updated",
  ],
  [
    /^1: select t\.id, t\.user_id, t\.name, t\.issuer/,
    "ids of dead tokens, of rows that are the organisation's",
  ],
  [/^1: select \(select count\(\*\) from access_token/, "it counts to two hundred"],
  [/^0: select e\.user_id, .* from erasure e/, "no two erasures have one id"],
  [/^0: select count\(\*\) from webhook w/, "it counts to twenty"],
  [
    /^[012]: select s\.id, .* places, first_made from series s/,
    "of series of one id the later row counts, and both have occurrences in the same places",
  ],
  [
    /^0: select e\.series_id, e\.recurrence_id from event e/,
    "places of series that the transaction holds; both have occurrences in the same",
  ],
  [
    /^0: select e\.id, .* n\.event_id is not null from event e left join calendar_entry n/,
    "of occurrences in one place the later row counts, of series that are the organisation's",
  ],
  [
    /^0: select e\.id, .* from event e join calendar_entry n .* e\.id = any/,
    "of events of one id the later row counts, and ids are the organisation's",
  ],
  [
    /^0: select e\.id from event e where e\.series_id = \$2/,
    "ids of occurrences, of which those of the organisation are locked",
  ],
  [
    /^0: select u\.disabled_at is null and/,
    "what it finds is changed, and read again, as the organisation's",
  ],
  [
    /^0: select date_trunc\('milliseconds', tidemark_now\(\)\), now - .* cross join app_user u/,
    "users of one id have the same addresses in both",
  ],
  [/^0: select count\(\*\) from calendar_grant/, "it counts to two hundred"],
  [
    /^0: select e\.id, to_json\(e\.overrides\)/,
    "ids of events that were found, which are the organisation's",
  ],
  [/^[0-3]: with recursive kin/, "it finds whose calendars to lock, and reads nothing of them"],
  [/^0: select set_config\('lock_timeout'.* from app_user u/, "it locks a row, and reads nothing of it"],
  [/^0: select c\.user_id from calendar c .* c\.xmin = /, "calendars that this transaction has changed"],
  [/^0: select t\.id from access_token t .* for share/, "who calls lives, but for a moment"],
  [
    /^[01]: with recursive line/,
    "circles are looked for above parents that were found, which are the organisation's, as all above them are",
  ],
  [/^[01]: select .* own where own\.changed_by = \$\d+/, "it counts, for /metrics, the caller's own changes"],
];
