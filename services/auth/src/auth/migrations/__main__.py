"""`python -m auth.migrations`: bring the schema up to date, as its owner."""

from chassis.migrations import main

main("auth")
