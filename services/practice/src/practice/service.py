"""How practice is reached: its RPC methods and the events that it follows."""

from chassis.data import retention
from chassis.events.follows import follows
from chassis.events.former import FormerHandlers
from chassis.rpc.answers import answers
from chassis.service.health import health
from chassis.service.periodic import after_commits, every
from chassis.service.provider import DatabaseProvider
from contracts.auth.events import USER_DELETED, USER_REGISTERED, USER_UPDATED
from contracts.practice import events, methods
from practice.store.people import people
from practice.usecases import board, erasure, figures, sessions

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

    list_sessions = answers(methods.LIST_SESSIONS, sessions.list_sessions)
    log_session = answers(methods.LOG_SESSION, sessions.log_session)
    get_session = answers(methods.GET_SESSION, sessions.get_session)
    change_session = answers(methods.CHANGE_SESSION, sessions.change_session)
    delete_session = answers(methods.DELETE_SESSION, sessions.delete_session)
    clear_sessions = answers(methods.CLEAR_SESSIONS, sessions.clear_sessions)
    leaderboard = answers(methods.LEADERBOARD, board.leaderboard)
    stats = answers(methods.STATS, figures.stats)
    week = answers(methods.WEEK, figures.week)
    health = answers(methods.HEALTH, health)

    user_registered = follows(USER_REGISTERED, people.keep)
    user_updated = follows(USER_UPDATED, people.keep)
    user_deleted = follows(USER_DELETED, erasure.erase)

    watch_leader = after_commits(board.watch_leader, at_most_every=0.2, at_least_every=5)
    fold_standings = after_commits(board.fold_standings, at_most_every=0.5, at_least_every=10)
    sweep_cleared = after_commits(sessions.sweep_cleared, at_most_every=1, at_least_every=60)
    sweep = every(SWEEP_SECONDS, retention.sweep)
