-- What a restored database is told before anybody works in it. Run as superuser, once.

DO $$
DECLARE
  one record;
BEGIN
  -- Ids that were given after the dump are given to nobody else: a token, a link or a copy outside
  -- that still names one names nothing, and never what came in its place.
  FOR one IN
    SELECT schemaname, sequencename, coalesce(last_value, start_value) AS last FROM pg_sequences
  LOOP
    PERFORM setval(format('%I.%I', one.schemaname, one.sequencename), one.last + 1000000);
  END LOOP;

  -- Events that are to be published again when everybody is up are old enough for no sweep.
  FOR one IN
    SELECT schemaname, tablename FROM pg_tables
    WHERE tablename IN ('outbox', 'published') AND schemaname NOT LIKE 'pg\_%'
  LOOP
    EXECUTE format('UPDATE %I.%I SET published_at = now() WHERE published_at IS NOT NULL',
                   one.schemaname, one.tablename);
  END LOOP;
END
$$;
