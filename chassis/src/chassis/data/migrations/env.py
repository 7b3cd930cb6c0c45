"""Where Alembic begins, for every service."""

from chassis.data.migrations import in_environment

in_environment()
