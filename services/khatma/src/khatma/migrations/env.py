"""What Alembic runs."""

from chassis.migrations import in_environment

in_environment()
