-- What searches by words ask of the index.

-- The organisation's own word, and what a person typed; nothing is found by no words. See event_words (values.sql).
create or replace function words_query(organisation_id bigint, words text) returns tsquery language sql immutable parallel safe as $$
  select case when numnode(query) = 0 then query else query && ('''org ' || organisation_id::text || '''')::tsquery end
  from websearch_to_tsquery('simple', words) query
$$;
