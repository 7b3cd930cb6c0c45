"""Following what happens: each event is told to whom it concerns, once."""

from typing import Any

from chassis.data import outbox
from chassis.data.database import Transaction
from contracts.events import Event
from contracts.khatma.events import (
    AchievementEarnedData,
    KhatmaCompletedData,
    MemberInvitedData,
    MemberJoinedData,
    PartCompletedData,
    PartsClaimedData,
    PersonInvitedData,
)
from contracts.practice.events import LeaderChangedData
from notify import events
from notify.domain import notices
from notify.domain.notices import Khatma, Notice
from notify.store import khatmas, told


def leader_changed(tx: Transaction, event: Event[LeaderChangedData]) -> None:
    """Tell the new leader; nobody where nobody leads."""
    notice = notices.leader_changed(event.data.leader, event.data.total_minutes)
    if notice is not None:
        tell(tx, event, notice)


def person_invited(tx: Transaction, event: Event[PersonInvitedData]) -> None:
    """Tell the invited person, unless the khatma has ended."""
    data = event.data
    if not khatmas.has_ended(tx, data.khatma):
        khatma = Khatma(data.khatma, data.khatma_name)
        tell(tx, event, notices.member_invited(khatma, event.subject_id, data.by))


def member_invited(tx: Transaction, event: Event[MemberInvitedData]) -> None:
    """Tell the invited person by what a release of before announced."""
    data = event.data
    if not khatmas.has_ended(tx, event.subject_id):
        tell(tx, event, notices.member_invited(_khatma(event), data.member, data.by))


def member_joined(tx: Transaction, event: Event[MemberJoinedData]) -> None:
    """Tell the creator."""
    data = event.data
    tell(tx, event, notices.member_joined(_khatma(event), data.member, data.creator))


def parts_claimed(tx: Transaction, event: Event[PartsClaimedData]) -> None:
    """Tell the holder."""
    data = event.data
    tell(tx, event, notices.parts_claimed(_khatma(event), data.member, data.chapters))


def part_completed(tx: Transaction, event: Event[PartCompletedData]) -> None:
    """Tell the other members."""
    data = event.data
    notice = notices.part_completed(
        _khatma(event), data.member, data.chapter, data.done, data.other_members
    )
    tell(tx, event, notice)


def completed(tx: Transaction, event: Event[KhatmaCompletedData]) -> None:
    """Tell every member."""
    tell(tx, event, notices.completed(_khatma(event), event.data.members))


def achievement_earned(tx: Transaction, event: Event[AchievementEarnedData]) -> None:
    """Tell the person who earned it."""
    data = event.data
    khatma = Khatma(data.khatma, data.khatma_name)
    tell(tx, event, notices.achievement_earned(khatma, data.member, data.achievement))


def tell(tx: Transaction, event: Event[Any], notice: Notice) -> None:
    """Make the notifications of `notice` and announce each, as the transaction's last step."""
    if not notice.readers:
        return  # Who reads alone finishes every chapter so.
    by = notice.about if event.actor is None else event.actor
    sent = told.tell(tx, notice, event.id, event.time, by)
    kind, actor = notice.kind, event.actor
    outbox.announce(tx, *(events.created(each.person, each.id, kind, actor) for each in sent))


def _khatma(event: Event[Any]) -> Khatma:
    """Return the khatma that the event is about."""
    return Khatma(event.subject_id, event.data.khatma_name)
