"""How the schema of khatma changed: Alembic; expand first, then contract."""
