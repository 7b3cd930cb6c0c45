"""Bring the schema up to date: `python -m practice.migrations`, as the owner's role."""

from chassis.data.migrations import main

main("practice")
