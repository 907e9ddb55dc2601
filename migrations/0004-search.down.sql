drop index event_word;
drop function event_words;
