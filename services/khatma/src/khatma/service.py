"""How khatma is reached: its RPC methods and the events that it follows."""

from typing import Any

from chassis.data import retention
from chassis.events.follows import follows
from chassis.rpc.answers import answers
from chassis.service import health
from chassis.service.periodic import every
from chassis.service.provider import DatabaseProvider
from chassis.work.encoding import Encoded
from contracts.auth.events import USER_DELETED, USER_REGISTERED, USER_UPDATED
from contracts.events import Envelope
from contracts.health import Health
from contracts.khatma import methods
from contracts.khatma.methods import OneKhatma
from contracts.models import Nothing
from contracts.rpc import Call
from khatma.usecases import achievements, erasure, figures, khatmas, membership, people, readings

SWEEP_SECONDS = 600


class KhatmaService:
    """The service `khatma`."""

    name = "khatma"
    db = DatabaseProvider()

    @answers(methods.LIST_KHATMAS)
    def list_khatmas(self, call: Call[methods.ListKhatmas]) -> list[dict[str, Any]]:
        """Answer the khatmas that a filter chooses."""
        return khatmas.list_khatmas(self.db, call)

    @answers(methods.CREATE_KHATMA)
    def create_khatma(self, call: Call[methods.CreateKhatma]) -> Encoded:
        """Make a khatma."""
        return khatmas.create_khatma(self.db, call)

    @answers(methods.GET_KHATMA)
    def get_khatma(self, call: Call[OneKhatma]) -> dict[str, Any]:
        """Answer one khatma."""
        return khatmas.get_khatma(self.db, call)

    @answers(methods.CHANGE_KHATMA)
    def change_khatma(self, call: Call[methods.ChangeKhatma]) -> Encoded:
        """Change what its creator named."""
        return khatmas.change_khatma(self.db, call)

    @answers(methods.DELETE_KHATMA)
    def delete_khatma(self, call: Call[methods.DeleteKhatma]) -> Encoded:
        """Delete it, as its creator."""
        return khatmas.delete_khatma(self.db, call)

    @answers(methods.MEMBERS)
    def members(self, call: Call[OneKhatma]) -> list[dict[str, Any]]:
        """Answer who is in."""
        return membership.members(self.db, call)

    @answers(methods.JOIN)
    def join(self, call: Call[OneKhatma]) -> Encoded:
        """Give the asker the lowest open chapter."""
        return membership.join(self.db, call)

    @answers(methods.LEAVE)
    def leave(self, call: Call[OneKhatma]) -> Encoded:
        """End the asker's membership."""
        return membership.leave(self.db, call)

    @answers(methods.INVITE)
    def invite(self, call: Call[methods.Invite]) -> Encoded:
        """Let another person see it and join."""
        return membership.invite(self.db, call)

    @answers(methods.LOG_READING)
    def log_reading(self, call: Call[methods.LogReading]) -> Encoded:
        """Record what a member read of a chapter."""
        return readings.log_reading(self.db, call)

    @answers(methods.GET_READING)
    def get_reading(self, call: Call[methods.OneReading]) -> dict[str, Any]:
        """Answer one of the asker's own sessions."""
        return readings.get_reading(self.db, call)

    @answers(methods.LIST_READINGS)
    def list_readings(self, call: Call[methods.ListReadings]) -> list[dict[str, Any]]:
        """Answer the asker's own reading sessions."""
        return readings.list_readings(self.db, call)

    @answers(methods.USER_STATS)
    def user_stats(self, call: Call[Nothing]) -> dict[str, Any]:
        """Answer the asker's own figures."""
        return figures.user_stats(self.db, call)

    @answers(methods.KHATMA_STATS)
    def khatma_stats(self, call: Call[OneKhatma]) -> dict[str, Any]:
        """Answer a khatma's figures."""
        return figures.khatma_stats(self.db, call)

    @answers(methods.ACHIEVEMENTS)
    def achievements(self, call: Call[Nothing]) -> list[dict[str, Any]]:
        """Answer what the asker earned."""
        return achievements.achievements(self.db, call)

    @answers(methods.DASHBOARD)
    def dashboard(self, call: Call[Nothing]) -> dict[str, Any]:
        """Answer khatma's part of the asker's dashboard."""
        return figures.dashboard(self.db, call)

    @answers(methods.HEALTH)
    def health(self, call: Call[Nothing]) -> Health:
        """Answer how the service is."""
        return health.check(self.db, self.name)

    @follows(USER_REGISTERED)
    def user_registered(self, event: Envelope) -> None:
        """Get to know a person."""
        people.keep(self.db, event)

    @follows(USER_UPDATED)
    def user_updated(self, event: Envelope) -> None:
        """Keep what changed of a person."""
        people.keep(self.db, event)

    @follows(USER_DELETED)
    def user_deleted(self, event: Envelope) -> None:
        """Forget a person for good."""
        erasure.forget(self.db, event)

    @every(SWEEP_SECONDS)
    def sweep(self) -> None:
        """Delete what is kept no longer."""
        retention.sweep(self.db)
