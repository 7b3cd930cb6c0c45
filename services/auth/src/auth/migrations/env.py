"""Where Alembic finds the connection that the chassis opened."""

from chassis.data.migrations import in_environment

in_environment()
