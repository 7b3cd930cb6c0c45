"""Where Alembic begins."""

from chassis.data.migrations import in_environment

in_environment()
