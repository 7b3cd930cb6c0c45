"""Publish a service's events again, for followers that a broker has lost them for.

`python -m chassis.events.republish SERVICE`, once every service is up: an event reaches the queues
that are there. SAKINA_DATABASE_URL says whose, as for the service itself. Published events are kept
for a day (`chassis.data.retention`); who has taken one in before does nothing.
"""

import sys

from chassis.data import outbox
from chassis.data.database import Database
from chassis.process.settings import DatabaseSettings, read
from contracts.refusals import Unavailable


def main(service: str) -> int:
    """Do so for `service`; return the exit code."""
    db = Database.connect(
        read(DatabaseSettings, service).database_url, pool_size=1, name=f"sakina {service} again"
    )
    try:
        found = outbox.put_back(db)
    except Unavailable as error:
        sys.stderr.write(f"Not all events of {service} are published again: {error}\n")
        return 1
    finally:
        db.close()
    sys.stdout.write(f"{service}: {found} events are published again\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("republish not started: name the service")
    sys.exit(main(sys.argv[1]))
