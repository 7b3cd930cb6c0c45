"""Bring a service's schema up to date: `python -m chassis.data.migrations auth`, as its owner."""

import sys

from chassis.data.migrations import main
from contracts.catalogue import SERVICES

if sys.argv[1:] not in [[service] for service in SERVICES]:
    sys.exit(f"migration not started: name one of {', '.join(SERVICES)}")
main(sys.argv[1])
