-- What searches ask of the indexes of words: every key begins with the organisation, so that a search costs what the
-- organisation has of its words, not what all have. What a word is: words.sql.

-- Each key as a beginning, all of them; null, which finds nothing, where there is none. One that another begins with asks for
-- nothing more: it is left out.
create or replace function beginnings_query(keys text[]) returns tsquery language sql immutable strict parallel safe as $$
  select string_agg('''' || replace(replace(key, '\', '\\'), '''', '''''') || ''':*', ' & ')::tsquery
  from (
    select key, lead(key) over (order by key collate "C") as next
    from (select distinct unnest(keys) collate "C" as key) as asked) as sorted
  where next is null or not starts_with(next, key)
$$;

-- A run of characters from one of them on: whole, where it is no longer than the index's pieces, else its whole pieces.
create or replace function run_keys(tenant text, run text) returns text[] language sql immutable strict parallel safe as $$
  select array(
    select tenant || piece from unnest(run_pieces(run)) with ordinality as list (piece, n)
    where n = 1 or char_length(piece) = 6)
$$;

-- Events that hold all of these words, each as the beginning of one; nothing is found by no words.
create or replace function words_query(organisation_id bigint, words text) returns tsquery
language sql immutable parallel safe as $$
  select beginnings_query(array(
    select key from unnest(string_to_array(search_text(words), ' ')) word, lateral (select unnest(
      case when word like '~%' then run_keys(organisation_id::text || '/~', substr(word, 2))
        else array[organisation_id::text || '/' || left(word, 60)] end) as key) as keyed))
$$;

-- Records whose name holds this part, or may: the index knows pieces of it.
create or replace function part_query(organisation_id bigint, part text) returns tsquery
language sql immutable parallel safe as $$
  select beginnings_query(run_keys(organisation_id::text || '/', plain_text(part)))
$$;
