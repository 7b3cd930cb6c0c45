"""Bring schemas up to date, as their owners: `python -m chassis.data.migrations auth practice`."""

import sys

from chassis.data.migrations import main, main_of_several
from contracts.catalogue import SERVICES

named = sys.argv[1:]
if not named or not set(named) <= set(SERVICES):
    sys.exit(f"migration not started: name one of {', '.join(SERVICES)}, or several")
if len(named) == 1:
    main(*named)
else:
    main_of_several(named)
