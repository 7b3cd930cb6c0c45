"""How often a person is told.

A fact is told once within a day, however often it happens: joining again, a repeated invitation
and the lead regained are no news. And nobody can fill another's list.
"""

from datetime import timedelta

from notify.domain.kinds import Kind

SAME_FACT_AFTER = timedelta(days=1)
"""How far apart one fact must happen to be told twice."""

AN_HOUR = timedelta(hours=1)
MOST_BY_ONE = 20
"""Notifications that one person can make appear for another within an hour."""
MOST_WITH_COMPLETIONS = 25
"""The same where a completed khatma is told: its last reader may have finished many chapters."""

# Events may be handled late, and in another order than they happened in.
KEPT = 2 * SAME_FACT_AFTER


def most_by_one(kind: Kind) -> int:
    """Return how many notifications by one person, for another and within an hour, may stand
    before one of `kind` is left out.
    """
    return MOST_WITH_COMPLETIONS if kind is Kind.KHATMA_COMPLETED else MOST_BY_ONE
