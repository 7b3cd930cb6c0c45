-- A schema for each service, owned by its owner role and usable by its app role alone.
-- Run as superuser on Sakina's database, after 10-roles.sql; running it again changes nothing.

DO $$
DECLARE
  service text;
  owner   text;
  app     text;
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO sakina_figures', current_database());
  REVOKE ALL ON SCHEMA public FROM PUBLIC;

  FOREACH service IN ARRAY ARRAY['auth', 'practice', 'khatma', 'notify'] LOOP
    owner := service || '_owner';
    app   := service || '_app';
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), owner, app);

    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = service) THEN
      EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', service, owner);
    END IF;
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', service);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', service, app);

    -- What the owner will create in a migration …
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON FUNCTIONS FROM PUBLIC', owner);
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON TYPES FROM PUBLIC', owner);
    EXECUTE format(
      'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
      'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', owner, service, app);
    EXECUTE format(
      'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
      'GRANT USAGE, SELECT ON SEQUENCES TO %I', owner, service, app);
    EXECUTE format(
      'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
      'GRANT EXECUTE ON FUNCTIONS TO %I', owner, service, app);
    EXECUTE format(
      'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I '
      'GRANT USAGE ON TYPES TO %I', owner, service, app);

    -- … and what is there already.
    EXECUTE format(
      'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', service, app);
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', service, app);
  END LOOP;
END
$$;

-- Which statements take the time, where the server counts them; for whoever reads figures.
DO $$
BEGIN
  IF current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%' THEN
    CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
    GRANT USAGE ON SCHEMA public TO sakina_figures;
  END IF;
END
$$;
