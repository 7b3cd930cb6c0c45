"""How practice is reached: its RPC methods and the events that it follows."""

from typing import Any

from chassis.data import retention
from chassis.events.follows import follows
from chassis.events.former import FormerHandlers
from chassis.rpc.answers import answers
from chassis.service import health
from chassis.service.periodic import after_commits, every
from chassis.service.provider import DatabaseProvider
from chassis.work.encoding import Encoded
from contracts.auth.events import USER_DELETED, USER_REGISTERED, USER_UPDATED
from contracts.events import Envelope
from contracts.health import Health
from contracts.models import Nothing
from contracts.practice import events, methods
from contracts.rpc import Call
from practice.usecases import board, figures, people, sessions

SWEEP_SECONDS = 600


class PracticeService:
    """The service `practice`."""

    name = "practice"
    db = DatabaseProvider()
    # Earlier releases looked for a new leader by following practice's own events.
    former = FormerHandlers(
        (events.SESSION_LOGGED, "totals_moved"),
        (events.SESSION_CHANGED, "totals_moved"),
        (events.SESSION_DELETED, "totals_moved"),
        (events.SESSIONS_CLEARED, "totals_moved"),
        (events.DATA_ERASED, "totals_moved"),
    )

    @answers(methods.LIST_SESSIONS)
    def list_sessions(self, call: Call[methods.ListSessions]) -> dict[str, Any]:
        """Answer a page of the asker's own sessions."""
        return sessions.list_sessions(self.db, call)

    @answers(methods.LOG_SESSION)
    def log_session(self, call: Call[methods.LogSession]) -> Encoded:
        """Log a session."""
        return sessions.log_session(self.db, call)

    @answers(methods.GET_SESSION)
    def get_session(self, call: Call[methods.OneSession]) -> dict[str, Any]:
        """Answer one of the asker's own sessions."""
        return sessions.get_session(self.db, call)

    @answers(methods.CHANGE_SESSION)
    def change_session(self, call: Call[methods.ChangeSession]) -> Encoded:
        """Change what is named of a session."""
        return sessions.change_session(self.db, call)

    @answers(methods.DELETE_SESSION)
    def delete_session(self, call: Call[methods.DeleteSession]) -> Encoded:
        """Delete a session."""
        return sessions.delete_session(self.db, call)

    @answers(methods.CLEAR_SESSIONS)
    def clear_sessions(self, call: Call[Nothing]) -> Encoded:
        """Delete all of the asker's sessions."""
        return sessions.clear_sessions(self.db, call)

    @answers(methods.LEADERBOARD)
    def leaderboard(self, call: Call[methods.AskLeaderboard]) -> dict[str, Any]:
        """Answer the first places of a window, and the asker's own."""
        return board.leaderboard(self.db, call)

    @answers(methods.STATS)
    def stats(self, call: Call[Nothing]) -> dict[str, Any]:
        """Answer what the asker's practice adds up to."""
        return figures.stats(self.db, call)

    @answers(methods.WEEK)
    def week(self, call: Call[Nothing]) -> dict[str, int]:
        """Answer the asker's minutes of today and of this week."""
        return figures.week(self.db, call)

    @answers(methods.HEALTH)
    def health(self, call: Call[Nothing]) -> Health:
        """Answer how the service is."""
        return health.check(self.db, self.name)

    @follows(USER_REGISTERED)
    def user_registered(self, event: Envelope) -> None:
        """Get to know a person."""
        people.note(self.db, event)

    @follows(USER_UPDATED)
    def user_updated(self, event: Envelope) -> None:
        """Keep what changed of a person."""
        people.note(self.db, event)

    @follows(USER_DELETED)
    def user_deleted(self, event: Envelope) -> None:
        """Forget a person for good."""
        people.erase(self.db, event)

    @after_commits(at_most_every=0.2, at_least_every=5)
    def watch_leader(self) -> None:
        """Announce a new leader, if there is one."""
        board.watch_leader(self.db)

    @after_commits(at_most_every=1, at_least_every=60)
    def sweep_cleared(self) -> None:
        """Delete what people have cleared."""
        sessions.sweep_cleared(self.db)

    @every(SWEEP_SECONDS)
    def sweep(self) -> None:
        """Delete what is kept no longer."""
        retention.sweep(self.db)
