"""Where Alembic begins."""

from chassis.migrations import in_environment

in_environment()
