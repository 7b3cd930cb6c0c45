"""Where Alembic finds the connection that the chassis opened."""

from chassis.migrations import in_environment

in_environment()
