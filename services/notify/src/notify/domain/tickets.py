"""Tickets: how one opens a stream where a header cannot be sent, as in a browser's EventSource.

A ticket stands in an address, and addresses are written down in many places. So it is good once,
and not for long.
"""

from datetime import datetime, timedelta

GOOD_FOR = timedelta(seconds=30)
MOST_OPEN = 20
"""Tickets of one person that nobody has taken yet: far more than one has pages open."""


def good_until(now: datetime, token_ends: datetime) -> datetime:
    """Return the moment from which a ticket made `now` opens nothing any more.

    What it opens ends with the access token that it stands for, so it does not outlive that.
    """
    return min(now + GOOD_FOR, token_ends)
