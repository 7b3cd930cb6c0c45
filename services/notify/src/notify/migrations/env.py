"""Where Alembic runs notify's migrations."""

from chassis.migrations import in_environment

in_environment()
