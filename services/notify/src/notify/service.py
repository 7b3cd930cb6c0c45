"""How notify is reached: its RPC methods, and the events that it follows."""

from typing import Any

from chassis.data import retention
from chassis.events.follows import follows
from chassis.rpc.answers import answers
from chassis.service import health
from chassis.service.periodic import every
from chassis.service.provider import DatabaseProvider
from chassis.work.encoding import Encoded
from contracts.auth import events as auth
from contracts.events import Envelope
from contracts.health import Health
from contracts.khatma import events as khatma
from contracts.models import Nothing
from contracts.notify import methods
from contracts.notify.methods import ListNotifications, OneNotification
from contracts.practice import events as practice
from contracts.rpc import Call
from notify.usecases import khatmas, people, reading, sweeping, telling

HOUR = 3600


class NotifyService:
    """Tells people what happened to them."""

    name = "notify"
    db = DatabaseProvider()

    @answers(methods.LIST)
    def list(self, call: Call[ListNotifications]) -> dict[str, Any]:
        """Answer a page of the asker's notifications."""
        return reading.page(self.db, call)

    @answers(methods.MARK_READ)
    def mark_read(self, call: Call[OneNotification]) -> Encoded:
        """Note that the asker read one."""
        return reading.mark_read(self.db, call)

    @answers(methods.MARK_ALL_READ)
    def mark_all_read(self, call: Call[Nothing]) -> Encoded:
        """Note that the asker read them all."""
        return reading.mark_all_read(self.db, call)

    @answers(methods.UNREAD)
    def unread(self, call: Call[Nothing]) -> dict[str, int]:
        """Count those that the asker has not read."""
        return reading.unread(self.db, call)

    @answers(methods.HEALTH)
    def health(self, call: Call[Nothing]) -> Health:
        """Say how the service is."""
        return health.check(self.db, self.name)

    @follows(auth.USER_REGISTERED)
    def user_registered(self, event: Envelope) -> None:
        """Welcome them."""
        people.registered(self.db, event)

    @follows(auth.USER_UPDATED)
    def user_updated(self, event: Envelope) -> None:
        """Keep their names."""
        people.updated(self.db, event)

    @follows(auth.USER_DELETED)
    def user_deleted(self, event: Envelope) -> None:
        """Erase what is held of them."""
        people.deleted(self.db, event)

    @follows(practice.LEADER_CHANGED)
    def leader_changed(self, event: Envelope) -> None:
        """Tell the new leader."""
        telling.leader_changed(self.db, event)

    @follows(khatma.MEMBER_INVITED)
    def member_invited(self, event: Envelope) -> None:
        """Tell the invited person."""
        telling.member_invited(self.db, event)

    @follows(khatma.DELETED)
    def khatma_deleted(self, event: Envelope) -> None:
        """Withdraw unread invitations to it."""
        khatmas.deleted(self.db, event)

    @follows(khatma.MEMBER_JOINED)
    def member_joined(self, event: Envelope) -> None:
        """Tell the creator."""
        telling.member_joined(self.db, event)

    @follows(khatma.PARTS_CLAIMED)
    def parts_claimed(self, event: Envelope) -> None:
        """Tell the holder."""
        telling.parts_claimed(self.db, event)

    @follows(khatma.PART_COMPLETED)
    def part_completed(self, event: Envelope) -> None:
        """Tell the other members."""
        telling.part_completed(self.db, event)

    @follows(khatma.COMPLETED)
    def completed(self, event: Envelope) -> None:
        """Tell every member."""
        telling.completed(self.db, event)

    @follows(khatma.ACHIEVEMENT_EARNED)
    def achievement_earned(self, event: Envelope) -> None:
        """Tell the person who earned it."""
        telling.achievement_earned(self.db, event)

    @every(HOUR)
    def sweep(self) -> None:
        """Forget what is no longer needed."""
        retention.sweep(self.db)
        sweeping.sweep(self.db)
