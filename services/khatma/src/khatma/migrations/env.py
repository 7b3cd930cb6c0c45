"""What Alembic runs."""

from chassis.data.migrations import in_environment

in_environment()
