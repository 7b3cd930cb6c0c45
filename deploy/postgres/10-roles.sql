-- Two roles for each service: <service>_owner changes the schema, <service>_app works in it.
-- Run as superuser, on any database of the cluster; running it again changes nothing.
-- Passwords are set by whoever applies this, never here.

DO $$
DECLARE
  service text;
  role    text;
BEGIN
  FOREACH service IN ARRAY ARRAY['auth', 'practice', 'khatma', 'notify'] LOOP
    FOREACH role IN ARRAY ARRAY[service || '_owner', service || '_app'] LOOP
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('CREATE ROLE %I', role);
      END IF;
      EXECUTE format(
        'ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT',
        role);
      EXECUTE format('ALTER ROLE %I SET search_path = %I', role, service);
      -- A host that vanishes must not keep an advisory lock, such as a relay's, for two hours.
      EXECUTE format('ALTER ROLE %I SET tcp_keepalives_idle = ''10s''', role);
      EXECUTE format('ALTER ROLE %I SET tcp_keepalives_interval = ''5s''', role);
      EXECUTE format('ALTER ROLE %I SET tcp_keepalives_count = 3', role);
      EXECUTE format('ALTER ROLE %I SET tcp_user_timeout = ''25s''', role);
      -- The server's log says what failed and who waited, without the statement and the key that
      -- it failed on: they hold e-mail addresses, password hashes and what people wrote.
      EXECUTE format('ALTER ROLE %I SET log_min_error_statement = ''panic''', role);
      EXECUTE format('ALTER ROLE %I SET log_error_verbosity = ''terse''', role);
      EXECUTE format('ALTER ROLE %I SET log_lock_waits = on', role);
    END LOOP;

    -- A caller waits five seconds at most, so no statement is worth more.
    EXECUTE format('ALTER ROLE %I SET statement_timeout = ''5s''', service || '_app');
    EXECUTE format('ALTER ROLE %I SET lock_timeout = ''3s''', service || '_app');
    EXECUTE format(
      'ALTER ROLE %I SET idle_in_transaction_session_timeout = ''10s''', service || '_app');

    -- A migration may take long, but may not queue the service's statements behind its locks.
    -- The minute is for a second migration that waits for the first.
    EXECUTE format('ALTER ROLE %I SET lock_timeout = ''60s''', service || '_owner');
    EXECUTE format(
      'ALTER ROLE %I SET idle_in_transaction_session_timeout = ''60s''', service || '_owner');
  END LOOP;
END
$$;

-- Who reads the server's figures, and no table; it sees which statements run, with their values, so
-- it has no password: it comes in by the server's own socket alone.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sakina_figures') THEN
    CREATE ROLE sakina_figures;
  END IF;
END
$$;
ALTER ROLE sakina_figures LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT 3;
ALTER ROLE sakina_figures SET statement_timeout = '5s';
GRANT pg_monitor TO sakina_figures;

-- Sakina's roles have no business in the cluster's other databases.
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;
