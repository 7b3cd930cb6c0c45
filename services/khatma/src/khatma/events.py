"""What khatma announces: each function turns a fact into its contract event."""

from collections.abc import Sequence
from datetime import date, datetime

from contracts.events import Announcement, EventType
from contracts.khatma import events
from khatma.domain.khatma import Khatma


def created(khatma: Khatma, by: int) -> Announcement:
    """A khatma began."""
    return _about_itself(events.CREATED, khatma, by)


def updated(khatma: Khatma, by: int) -> Announcement:
    """Its creator changed it, or another inherited it."""
    return _about_itself(events.UPDATED, khatma, by)


def deleted(khatma: Khatma, by: int) -> Announcement:
    """It is gone; `khatma` is how it last was."""
    return _about_itself(events.DELETED, khatma, by)


def invited(khatma: Khatma, member: int, by: int) -> Announcement:
    """A member asked another person to join."""
    data = events.PersonInvitedData(khatma=khatma.id, by=by, khatma_name=khatma.name)
    return events.MEMBER_INVITED.about(member, data, by)


def joined(khatma: Khatma, member: int) -> Announcement:
    """A person became a member."""
    data = events.MemberJoinedData(member=member, creator=khatma.creator, khatma_name=khatma.name)
    return events.MEMBER_JOINED.about(khatma.id, data, member)


def left(
    khatma: Khatma, member: int, freed: list[int], *, account_deleted: bool = False
) -> Announcement:
    """A person is no longer a member, by leaving or with their account."""
    data = events.MemberLeftData(member=member, parts_freed=freed, account_deleted=account_deleted)
    return events.MEMBER_LEFT.about(khatma.id, data, member)


def listed(khatma: int, members: list[int]) -> Announcement:
    """Who is in a khatma that was there before anybody followed it; nobody caused it."""
    return events.MEMBERS_LISTED.about(khatma, events.MembersListedData(members=members))


def claimed(
    khatma: Khatma, member: int, numbers: list[int], freed: Sequence[int] = ()
) -> Announcement:
    """One command gave chapters to a member, in place of those that it freed."""
    data = events.PartsClaimedData(
        member=member, chapters=numbers, parts_freed=list(freed), khatma_name=khatma.name
    )
    return events.PARTS_CLAIMED.about(khatma.id, data, member)


def noted(khatma: Khatma, member: int, number: int, day: date) -> Announcement:
    """A member read, and completed nothing."""
    data = events.ProgressNotedData(member=member, chapter=number, reading_date=day)
    return events.PROGRESS_NOTED.about(khatma.id, data, member)


def finished(khatma: Khatma, member: int, number: int, day: date) -> Announcement:
    """A member finished a chapter; `khatma` counts it already."""
    data = events.PartCompletedData(
        member=member,
        chapter=number,
        reading_date=day,
        done=len(khatma.parts.done),
        other_members=[other for other in khatma.members if other != member],
        khatma_name=khatma.name,
    )
    return events.PART_COMPLETED.about(khatma.id, data, member)


def taken_back(
    khatma: Khatma, member: int, number: int, day: date, freed: Sequence[int]
) -> Announcement:
    """A member had not finished a chapter after all; `khatma` does not count it any more.

    They hold it in place of those that it freed.
    """
    data = events.PartTakenBackData(
        member=member,
        chapter=number,
        reading_date=day,
        done=len(khatma.parts.done),
        khatma_name=khatma.name,
        parts_freed=list(freed),
    )
    return events.PART_TAKEN_BACK.about(khatma.id, data, member)


def completed(khatma: Khatma, by: int, now: datetime) -> Announcement:
    """All 30 chapters are done."""
    data = events.KhatmaCompletedData(
        members=list(khatma.members),
        creator=khatma.creator,
        completed_at=now,
        khatma_name=khatma.name,
    )
    return events.COMPLETED.about(khatma.id, data, by)


def earned(
    member: int, achievement: str, khatma: int | None, khatma_name: str | None
) -> Announcement:
    """A person earned an achievement."""
    data = events.AchievementEarnedData(
        member=member, achievement=achievement, khatma=khatma, khatma_name=khatma_name
    )
    return events.ACHIEVEMENT_EARNED.about(member, data, member)


def erased(person: int) -> Announcement:
    """Everything held about a person is gone."""
    return events.DATA_ERASED.about(person, events.DataErasedData())


def _about_itself(kind: EventType, khatma: Khatma, by: int) -> Announcement:
    data = events.KhatmaData(
        name=khatma.name,
        khatma_type=khatma.khatma_type,
        is_public=khatma.is_public,
        target_days=khatma.target_days,
        creator=khatma.creator,
    )
    return kind.about(khatma.id, data, by)
