"""Brings notify's schema up to date: `python -m notify.migrations`."""

from chassis.data.migrations import main

main("notify")
