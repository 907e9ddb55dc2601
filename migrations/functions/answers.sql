-- Who has answered for themselves (event.own_answers): src/event/answers.ts says what it is for.

-- Those of `answers` that the list still has. Whatever else a status came to be, its attendee has not said it.
create or replace function still_answered(answers jsonb, attendees jsonb) returns jsonb
language sql immutable parallel safe as $$
  select coalesce(jsonb_object_agg(a ->> 'userId', a ->> 'status'), '{}') from jsonb_array_elements(attendees) a
  where answers ->> (a ->> 'userId') = a ->> 'status' and a ->> 'status' <> 'NoResponse'
$$;

-- Whether a change shows to anybody: who answered for themselves does not.
create or replace function is_seen(before event, after event) returns boolean language plpgsql immutable as $$
begin
  before.own_answers := after.own_answers;
  return before is distinct from after;
end $$;
