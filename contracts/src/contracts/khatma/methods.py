"""The RPC methods of khatma. A chapter is a juz, 1 to 30."""

from contracts.health import health_of
from contracts.khatma.achievements import Achievement
from contracts.khatma.figures import Dashboard, KhatmaStats, OnePerson, UserStats
from contracts.khatma.intentions import Intentions, SetIntentions
from contracts.khatma.khatmas import (
    ChangeKhatma,
    CreateKhatma,
    DeleteKhatma,
    Khatma,
    KhatmaInFull,
    OneKhatma,
)
from contracts.khatma.links import JoinedByLink, Link, LinkCode, MadeLink, MakeLink, OneLink
from contracts.khatma.lists import (
    CompletedKhatma,
    CompletedKhatmas,
    KhatmaPage,
    ListKhatmas,
    OpenKhatma,
    PageKhatmas,
    SearchKhatmas,
)
from contracts.khatma.members import Invite, Joined, Member
from contracts.khatma.parts import PageParts, PartPage
from contracts.khatma.readings import ListReadings, LogReading, OneReading, Reading
from contracts.models import Done, Nothing
from contracts.refusals import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed, TooMany
from contracts.rpc import RpcMethod

LIST_KHATMAS = RpcMethod("khatma", "list_khatmas", ListKhatmas, list[Khatma], (Invalid,))
PAGE_KHATMAS = RpcMethod("khatma", "page_khatmas", PageKhatmas, KhatmaPage, (Invalid, NotFound))
SEARCH = RpcMethod("khatma", "search", SearchKhatmas, list[Khatma], (Invalid,))
LIST_COMPLETED = RpcMethod("khatma", "list_completed", CompletedKhatmas, list[CompletedKhatma])
HOMEPAGE = RpcMethod("khatma", "homepage", Nothing, list[OpenKhatma], open=True)
CREATE_KHATMA = RpcMethod(
    "khatma", "create_khatma", CreateKhatma, KhatmaInFull, (Invalid,), writes=True
)
GET_KHATMA = RpcMethod("khatma", "get_khatma", OneKhatma, KhatmaInFull, (NotFound,))
# Not in full: the record of a command is to hold no name of another, who may be erased since.
CHANGE_KHATMA = RpcMethod(
    "khatma",
    "change_khatma",
    ChangeKhatma,
    Khatma,
    (Invalid, Forbidden, NotFound, PreconditionFailed),
    writes=True,
)
DELETE_KHATMA = RpcMethod(
    "khatma",
    "delete_khatma",
    DeleteKhatma,
    Done,
    (Forbidden, NotFound, PreconditionFailed),
    writes=True,
)
MEMBERS = RpcMethod("khatma", "members", OneKhatma, list[Member], (NotFound,))
JOIN = RpcMethod("khatma", "join", OneKhatma, Joined, (NotFound, Conflict), writes=True)
LEAVE = RpcMethod("khatma", "leave", OneKhatma, Done, (NotFound, Conflict), writes=True)
INVITE = RpcMethod("khatma", "invite", Invite, Done, (Forbidden, NotFound, Conflict), writes=True)
PAGE_PARTS = RpcMethod("khatma", "page_parts", PageParts, PartPage, (NotFound,))
# The answer holds the code, so it is kept nowhere; but a link more than asked for lets people in.
MAKE_LINK = RpcMethod(
    "khatma",
    "make_link",
    MakeLink,
    MadeLink,
    (Forbidden, NotFound, Conflict),
    writes=True,
    keeps_result=False,
    told_again="This request made the link {id} before, and its code is told only once. "
    "If you have no code, revoke that link and make another with a new Idempotency-Key.",
)
LIST_LINKS = RpcMethod("khatma", "list_links", OneKhatma, list[Link], (Forbidden, NotFound))
REVOKE_LINK = RpcMethod("khatma", "revoke_link", OneLink, Done, (NotFound,), writes=True)
SHOW_BY_LINK = RpcMethod("khatma", "show_by_link", LinkCode, Khatma, (NotFound, TooMany))
JOIN_BY_LINK = RpcMethod(
    "khatma", "join_by_link", LinkCode, JoinedByLink, (NotFound, Conflict, TooMany), writes=True
)
# A list of one, as clients in the field read it.
INTENTIONS = RpcMethod("khatma", "intentions", OneKhatma, list[Intentions], (Forbidden, NotFound))
# Setting them again does the same again, and no record of the command is to hold them.
SET_INTENTIONS = RpcMethod(
    "khatma",
    "set_intentions",
    SetIntentions,
    list[Intentions],
    (Forbidden, NotFound),
    writes=True,
    keeps_result=False,
)
LOG_READING = RpcMethod(
    "khatma",
    "log_reading",
    LogReading,
    Reading,
    (Invalid, Forbidden, NotFound, Conflict),
    writes=True,
)
GET_READING = RpcMethod("khatma", "get_reading", OneReading, Reading, (NotFound,))
LIST_READINGS = RpcMethod("khatma", "list_readings", ListReadings, list[Reading])
USER_STATS = RpcMethod("khatma", "user_stats", Nothing, UserStats)
STATS_OF = RpcMethod("khatma", "stats_of", OnePerson, UserStats, (NotFound,))
KHATMA_STATS = RpcMethod("khatma", "khatma_stats", OneKhatma, KhatmaStats, (NotFound,))
ACHIEVEMENTS = RpcMethod("khatma", "achievements", Nothing, list[Achievement])
ACHIEVEMENTS_OF = RpcMethod("khatma", "achievements_of", OnePerson, list[Achievement], (NotFound,))
DASHBOARD = RpcMethod("khatma", "dashboard", Nothing, Dashboard)
HEALTH = health_of("khatma")
