"""Following what happens: each event is told to whom it concerns, once."""

from chassis.data.database import Connection, Database
from chassis.data.inbox import first_time
from chassis.data.outbox import announce
from contracts.events import Envelope
from contracts.khatma.events import (
    AchievementEarnedData,
    KhatmaCompletedData,
    MemberInvitedData,
    MemberJoinedData,
    PartCompletedData,
    PartsClaimedData,
)
from contracts.practice.events import LeaderChangedData
from notify import events
from notify.domain import notices
from notify.domain.notices import Khatma, Notice
from notify.store import khatmas, notifications
from notify.usecases.subjects import subject_id


def leader_changed(db: Database, event: Envelope) -> None:
    """Tell the new leader."""
    data = LeaderChangedData.model_validate(event.data)
    _tell_once(db, "leader_changed", event, notices.leader_changed(data.leader, data.total_minutes))


def member_invited(db: Database, event: Envelope) -> None:
    """Tell the invited person."""
    data = MemberInvitedData.model_validate(event.data)
    khatma = Khatma(subject_id(event), data.khatma_name)
    notice = notices.member_invited(khatma, data.member, data.by)
    with db.transaction() as tx:
        first = first_time(tx, "member_invited", event.id)
        if first and not khatmas.has_ended(tx, subject_id(event)):
            tell(tx, event, notice)


def member_joined(db: Database, event: Envelope) -> None:
    """Tell the creator."""
    data = MemberJoinedData.model_validate(event.data)
    khatma = Khatma(subject_id(event), data.khatma_name)
    notice = notices.member_joined(khatma, data.member, data.creator)
    _tell_once(db, "member_joined", event, notice)


def parts_claimed(db: Database, event: Envelope) -> None:
    """Tell the holder."""
    data = PartsClaimedData.model_validate(event.data)
    khatma = Khatma(subject_id(event), data.khatma_name)
    notice = notices.parts_claimed(khatma, data.member, data.chapters)
    _tell_once(db, "parts_claimed", event, notice)


def part_completed(db: Database, event: Envelope) -> None:
    """Tell the other members."""
    data = PartCompletedData.model_validate(event.data)
    khatma = Khatma(subject_id(event), data.khatma_name)
    notice = notices.part_completed(
        khatma, data.member, data.chapter, data.done, data.other_members
    )
    _tell_once(db, "part_completed", event, notice)


def completed(db: Database, event: Envelope) -> None:
    """Tell every member."""
    data = KhatmaCompletedData.model_validate(event.data)
    khatma = Khatma(subject_id(event), data.khatma_name)
    _tell_once(db, "completed", event, notices.completed(khatma, data.members))


def achievement_earned(db: Database, event: Envelope) -> None:
    """Tell the person who earned it."""
    data = AchievementEarnedData.model_validate(event.data)
    khatma = Khatma(data.khatma, data.khatma_name)
    notice = notices.achievement_earned(khatma, data.member, data.achievement)
    _tell_once(db, "achievement_earned", event, notice)


def tell(tx: Connection, event: Envelope, notice: Notice) -> None:
    """Make the notifications of `notice` and announce each, as the transaction's last step."""
    by = notice.about if event.actor is None else event.actor
    sent = notifications.tell(tx, notice, event.id, event.time, by)
    announce(tx, *(events.created(each.person, each.id, notice.kind, event.actor) for each in sent))


def _tell_once(db: Database, handler: str, event: Envelope, notice: Notice | None) -> None:
    with db.transaction() as tx:
        if first_time(tx, handler, event.id) and notice is not None:
            tell(tx, event, notice)
