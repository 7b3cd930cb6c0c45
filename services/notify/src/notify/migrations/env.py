"""Where Alembic runs notify's migrations."""

from chassis.data.migrations import in_environment

in_environment()
