-- Search by words: what a person types, against subject, location and description. The configuration is "simple",
-- because a CRM's meetings are in every language, and a stemmer of the wrong one hides words.

create function event_words(subject text, location text, description text) returns tsvector
language sql immutable parallel safe as $$
  select to_tsvector('simple', subject || ' ' || coalesce(location, '') || ' ' || coalesce(description, ''))
$$;

create index event_word on event using gin (event_words(subject, location, description));
