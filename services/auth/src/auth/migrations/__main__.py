"""`python -m auth.migrations`: bring the schema up to date, as its owner."""

from chassis.data.migrations import main

main("auth")
