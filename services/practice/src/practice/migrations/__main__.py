"""Bring the schema up to date: `python -m practice.migrations`, as the owner's role."""

from chassis.migrations import main

main("practice")
