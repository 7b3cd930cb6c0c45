"""What practice announces: its facts as events of the contract."""

from contracts.events import Announcement
from contracts.practice import events
from practice.domain.board import Standing
from practice.domain.totals import Amount, Facts


def session_logged(person: int, session: int, facts: Facts) -> Announcement:
    """A person logged a session."""
    data = events.SessionLoggedData(session_id=session, **vars(facts))
    return events.SESSION_LOGGED.about(person, data, actor=person)


def session_changed(person: int, session: int, before: Facts, after: Facts) -> Announcement:
    """A person's session counts for something else than before."""
    data = events.SessionChangedData(
        session_id=session,
        before=events.SessionFacts(**vars(before)),
        after=events.SessionFacts(**vars(after)),
    )
    return events.SESSION_CHANGED.about(person, data, actor=person)


def session_deleted(person: int, session: int, facts: Facts) -> Announcement:
    """A person deleted a session."""
    data = events.SessionDeletedData(session_id=session, duration=facts.duration, date=facts.date)
    return events.SESSION_DELETED.about(person, data, actor=person)


def sessions_cleared(person: int, total: Amount) -> Announcement:
    """A person deleted all of their sessions, which came to `total`."""
    data = events.SessionsClearedData(count=total.sessions, minutes=total.minutes)
    return events.SESSIONS_CLEARED.about(person, data, actor=person)


def leader_changed(now: Standing | None, previous: int | None) -> Announcement:
    """Another person leads the all-time board, or nobody does.

    It has no actor: who leads is looked at now and then, whoever's changes brought it about.
    """
    data = events.LeaderChangedData(
        leader=now.person if now else None,
        previous=previous,
        total_minutes=now.minutes if now else 0,
    )
    return events.LEADER_CHANGED.about("all", data)


def data_erased(person: int) -> Announcement:
    """Nothing is held about the person any more."""
    return events.DATA_ERASED.about(person, events.DataErasedData(), actor=person)
