"""`python -m khatma.migrations`: bring the schema up to date, as the role that owns it."""

from chassis.data.migrations import main

main("khatma")
