"""The profile: the account, which auth keeps, with figures, which khatma keeps.

Its entity tag has two parts, so that each can be compared where it is known: auth compares that
of the account in the transaction of the change, the gateway that of the figures beside it.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from contracts.khatma.methods import USER_STATS
from contracts.preconditions import ANY, Precondition, entity_tag
from gateway.caller import Caller
from gateway.composing import parts_of

ADDRESS = "/api/user/me/"
_NO_PICTURE_YET = {"profile_picture": None}
_FIGURES = {
    "total_khatmas_completed": "completed_khatmas",
    "current_streak": "current_streak",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """The JSON of a profile, and its entity tag."""

    body: bytes
    tag: str


async def profile_of(caller: Caller, account: bytes) -> Profile:
    """Return the profile of the caller, whose account auth answered as `account`."""
    figures = await _figures(caller)
    tag = f"{entity_tag(account)[:-1]}{_end(figures)}"
    return Profile(orjson.dumps(orjson.loads(account) | _NO_PICTURE_YET | figures), tag)


async def precondition_of_account(
    caller: Caller, profile: Precondition | None
) -> Precondition | None:
    """Return what `profile`, said of the caller's profile, says of their account.

    A tag whose figures are not those of now stays as it is: it is no account's, and matches none.
    """
    if profile is None or (profile.if_match in (None, [ANY]) and not profile.if_none_match):
        return profile
    end = _end(await _figures(caller))
    tags = {
        name: [_without(tag, end) for tag in said]
        for name in ("if_match", "if_none_match")
        if (said := getattr(profile, name)) is not None
    }
    return profile.model_copy(update=tags)


async def _figures(caller: Caller) -> dict[str, Any]:
    figures, degraded = await parts_of(caller, {USER_STATS: _FIGURES}, may_all_fail=True)
    return figures | {"degraded": degraded}


def _end(figures: dict[str, Any]) -> str:
    return f".{entity_tag(orjson.dumps(figures))[1:]}"


def _without(tag: str, end: str) -> str:
    return f'{tag.removesuffix(end)}"' if tag.endswith(end) else tag
