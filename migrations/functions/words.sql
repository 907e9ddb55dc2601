-- What a word is, for every search: one definition, which the indexes and what is asked of them share.
--
-- A word is a run of letters and digits; all else is a blank. It is compared without case, without the accents of Latin,
-- Greek, Cyrillic, Hebrew and Arabic, and in Unicode's plainest form: full width is half width, a ligature its letters.
-- Chinese, Japanese, Korean, Thai, Lao, Burmese and Khmer put no blanks between words, and pictures (emoji) stand anywhere:
-- a run of those is found from each of its characters on. No setting of the database has a say in it, its locale least.
--
-- Functions that call others name the search path: an index is built anew, and a dump restored, without one.

-- A text as it is compared, blanks and all. Looks at 20,000 characters.
create or replace function plain_text(words text) returns text language plpgsql immutable strict parallel safe as $$
declare
  plain text := left(words, 20000);
begin
  if octet_length(plain) = char_length(plain) then
    return lower(plain collate "C");
  end if;
  plain := regexp_replace(left(normalize(plain, nfkd), 20000), '[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5'
    '\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff'
    '\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+', '', 'g');
  -- Together again: the syllables of Korean, and kana, whose marks are no accents.
  plain := lower(normalize(plain, nfc));
  -- Where the database's locale is C, lower() leaves these as they are.
  if plain ~ '[\u00c6-\u00de\u0110-\u0166\u0391-\u03a9\u0400-\u042f]' then
    plain := translate(plain, 'ÆÐØÞĐĦŁŒŦΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЂЄЅІЈЉЊЋЏ',
      'æðøþđħłœŧαβγδεζηθικλμνξοπρστυφχψωабвгдежзиклмнопрстуфхцчшщъыьэюяђєѕіјљњћџ');
  end if;
  -- Letters with a stroke, and the like, which Unicode does not take apart.
  if plain ~ '[ßæœþøłđðħŧıȷς]' then
    plain := replace(replace(replace(replace(plain, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th');
    plain := translate(plain, 'øłđðħŧıȷς', 'olddhtijσ');
  end if;
  return plain;
end $$;

-- The words of a text, a blank between two. A run that is found from each of its characters on begins with ~.
create or replace function search_text(words text) returns text language plpgsql immutable strict parallel safe
set search_path from current as $$
declare
  plain text := plain_text(words);
begin
  if octet_length(plain) = char_length(plain) then
    return btrim(regexp_replace(plain, '[^0-9a-z]+', ' ', 'g'));
  end if;
  -- Punctuation, symbols, spaces, and what has no meaning of its own.
  plain := regexp_replace(plain, '[\u0001-\u002f\u003a-\u0060\u007b-\u00d7\u00f7\u02c2-\u02c5\u02d2-\u02eb\u02ed\u02ef-\u02ff'
    '\u0375\u03f6\u0482\u055a-\u055f\u0589-\u05c6\u05f3-\u061f\u066a-\u066d\u06d4\u06dd\u06de\u06e9\u06fd\u06fe\u0700-\u070f'
    '\u07f6-\u07f9\u07fe\u07ff\u0830-\u083e\u085e\u0888\u0890\u0891\u08e2\u0964\u0965\u0970\u09f2\u09f3\u09fa\u09fb\u09fd\u0a76'
    '\u0af0\u0af1\u0b70\u0bf3-\u0bfa\u0c77\u0c7f\u0c84\u0d4f\u0d79\u0df4\u0e3f\u0e4f\u0e5a\u0e5b\u0f01-\u0f17\u0f1a-\u0f1f\u0f34'
    '\u0f36\u0f38\u0f3a-\u0f3d\u0f85\u0fbe-\u0fc5\u0fc7-\u0fda\u104a-\u104f\u109e\u109f\u10fb\u1360-\u1368\u1390-\u1399\u1400'
    '\u166d\u166e\u1680\u169b\u169c\u16eb-\u16ed\u1735\u1736\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u180e\u1940-\u1945'
    '\u19de-\u19ff\u1a1e\u1a1f\u1aa0-\u1aa6\u1aa8-\u1aad\u1b4e\u1b4f\u1b5a-\u1b6a\u1b74-\u1b7f\u1bfc-\u1bff\u1c3b-\u1c3f'
    '\u1c7e\u1c7f\u1cc0-\u1cc7\u1cd3\u2010-\u214d\u214f\u218a-\u22ff\u2308-\u230b\u2400-\u244a\u2500-\u25ff\u2768-\u2775\u27c0-\u2aff\u2ce5-\u2cea'
    '\u2cf9-\u2cfc\u2cfe\u2cff\u2d70\u2e00-\u2e2e\u2e30-\u3004\u3008-\u3020\u3030\u3037\u303d-\u303f\u30a0\u30fb\u3190\u3191'
    '\u31c0-\u31ef\u327f\u4dc0-\u4dff\ua490-\ua4c6\ua4fe\ua4ff\ua60d-\ua60f\ua673\ua67e\ua6f2-\ua716\ua720\ua721\ua789\ua78a'
    '\ua828-\ua82b\ua836-\ua839\ua874-\ua877\ua8ce\ua8cf\ua8f8-\ua8fa\ua8fc\ua92e\ua92f\ua95f\ua9c1-\ua9cd\ua9de\ua9df'
    '\uaa5c-\uaa5f\uaa77-\uaa79\uaade\uaadf\uaaf0\uaaf1\uab5b\uab6a\uab6b\uabeb\ue000-\uf8ff\ufbb2-\ufe46\ufff9-\ufffd'
    '\U000e0000-\U0010ffff]+', ' ', 'g');
  plain := regexp_replace(plain, '([\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2300-\u2bff\u3000-\u9fff\ua960-\ua97f'
    '\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b2ff\U0001f000-\U0001faff\U00020000-\U0003ffff]+)', ' ~\1 ', 'g');
  return btrim(regexp_replace(plain, ' +', ' ', 'g'));
end $$;

-- What the pieces of a run are, each of six characters, but for those at its end.
create or replace function run_pieces(run text) returns text[] language plpgsql immutable strict parallel safe as $$
declare
  pieces text[] := array[]::text[];
  piece text := left(run, 5);
  one text;
begin
  foreach one in array string_to_array(substr(run, 6), null) || array['', '', '', '', ''] loop
    piece := piece || one;
    exit when piece = '';
    pieces := pieces || piece;
    piece := substr(piece, 2);
  end loop;
  return pieces;
end $$;

-- The keys of the words of an organisation's text (of search_text). Of a word count 60 characters, of runs 2,000 in all: each
-- is an entry of the index.
create or replace function search_keys(organisation_id bigint, words text) returns text[]
language plpgsql immutable strict parallel safe set search_path from current as $$
declare
  tenant text := organisation_id::text || '/';
  keys text[] := array[]::text[];
  most integer := 2000;
  word text;
begin
  if words = '' then
    return keys;
  elsif strpos(words, '~') = 0 and words !~ '[^ ]{61}' then
    return string_to_array(tenant || replace(words, ' ', ' ' || tenant), ' ');
  end if;
  foreach word in array string_to_array(words, ' ') loop
    if word not like '~%' then
      keys := keys || (tenant || left(word, 60));
    elsif most > 0 then
      word := substr(word, 2, most);
      keys := keys || array(select tenant || '~' || piece from unnest(run_pieces(word)) piece);
      most := most - char_length(word);
    end if;
  end loop;
  return keys;
end $$;

-- A description without its tags and what they hide: 20,000 characters of it.
create or replace function without_tags(description text) returns text language plpgsql immutable strict parallel safe as $$
declare
  plain text := description;
begin
  if strpos(plain, '<') > 0 then
    if plain ~* '<(!--|style|script)' then
      -- What is not closed goes on to the end, as in a browser.
      plain := regexp_replace(plain, '<!--.*?(-->|$)', ' ', 'g');
      plain := regexp_replace(plain, '<style[\s>].*?(</style\s*>|$)', ' ', 'gi');
      plain := regexp_replace(plain, '<script[\s>].*?(</script\s*>|$)', ' ', 'gi');
    end if;
    plain := regexp_replace(plain, '<(/?[a-z][a-z0-9:-]*(\s[^<>]*)?/?|[!?][^<>]*)>', ' ', 'gi');
  end if;
  plain := left(plain, 20000);
  if plain !~ '&#?[A-Za-z0-9]+;' then
    return plain;
  end if;
  plain := regexp_replace(plain, '&([a-z])(acute|grave|circ|uml|tilde|cedil|ring|caron|slash);', '\1', 'gi');
  plain := regexp_replace(replace(plain, '&szlig;', 'ss'), '&(ae|oe)lig;', '\1', 'gi');
  plain := regexp_replace(plain, '&(shy|zwj|zwnj);', '', 'g');
  plain := regexp_replace(plain, '&[a-z][a-z0-9]{1,31};', ' ', 'gi');
  if strpos(plain, '&#') = 0 then
    return plain;
  end if;
  return (
    select string_agg(case when code between 1 and 55295 or code between 57344 and 1114111 then chr(code) else '' end
      || case when code is null then part else substr(part, strpos(part, ';') + 1) end, '' order by n)
    from unnest(string_to_array(plain, '&#')) with ordinality as list (part, n),
      lateral (select case
        when n = 1 then null
        when part ~ '^[0-9]{1,7};' then split_part(part, ';', 1)::integer
        when part ~ '^[xX][0-9a-fA-F]{1,6};' then ('x' || lpad(substr(split_part(part, ';', 1), 2), 8, '0'))::bit(32)::integer
      end as code) c);
end $$;

-- What searches find an event by: words of its subject, its location, and the first 20,000 characters of its description.
create or replace function event_words(organisation_id bigint, subject text, location text, description text) returns tsvector
language plpgsql immutable parallel safe set search_path from current as $$
begin
  return array_to_tsvector(search_keys(organisation_id, search_text(
    subject || E'\n' || coalesce(location, '') || E'\n' || coalesce(without_tags(description), ''))));
end $$;

-- What a part of a record's name is found by: from each of its characters on.
create or replace function name_parts(organisation_id bigint, name text) returns tsvector
language plpgsql immutable parallel safe set search_path from current as $$
begin
  return array_to_tsvector(array(
    select distinct organisation_id::text || '/' || piece from unnest(run_pieces(plain_text(name))) piece));
end $$;
