"""Accounts: registering, logging in and out, one's own profile, the public keys."""

from typing import Any

import orjson
from fastapi import Response

from contracts.auth import methods as auth
from contracts.emails import HIDING, hides
from contracts.models import Done
from contracts.refusals import Invalid, Unauthenticated
from gateway.answers import composed, created, gone, ok
from gateway.caller import Caller, CallerOf
from gateway.dependencies import closed_router, open_router
from gateway.forms import LoginForm, RegisterForm, SignupForm
from gateway.operation import says
from gateway.preconditions import OnlyIf, conditional, shown, validated
from gateway.profile import ADDRESS, precondition_of_account, profile_of
from gateway.shapes import LoginAnswer, Profile, RefreshAnswer, RegisteredAnswer, SignupAnswer

router = closed_router("Accounts")
doorway = open_router("Accounts")

_LAYLA = {"email": "layla@example.com", "password": "quiet-river-29"}
_ALI = {"email": "ali@example.com", "password": "green-lamp-73"}


@doorway.post(
    "/api/accounts/register/",
    **says(
        "Register with a username",
        auth.REGISTER,
        answers=RegisteredAnswer,
        status=201,
        example={"username": "layla", **_LAYLA},
        open=True,
    ),
)
async def register(caller: CallerOf, form: RegisterForm) -> Response:
    """Make an account. The e-mail and the username must not be taken, whatever their case."""
    account = await _registered(caller, form)
    user = _only(account, "id", "username", "email")
    said = {"message": "Registration was successful.", "user": user}
    return created(orjson.dumps(said), caller.path(ADDRESS))


@doorway.post(
    "/api/signup/",
    **says(
        "Sign up with a full name",
        auth.REGISTER,
        answers=SignupAnswer,
        status=201,
        example={"fullname": "علي أحمد", "gender": "male", "phone": "01012345678", **_ALI},
        open=True,
    ),
)
async def signup(caller: CallerOf, form: SignupForm) -> Response:
    """Make the same kind of account; its username is made up, and may be changed."""
    account = await _registered(caller, form)
    said = _only(account, "id", "fullname", "email", "gender", "phone")
    return created(orjson.dumps(said), caller.path(ADDRESS))


@doorway.post(
    "/api/accounts/login/",
    **says("Log in", auth.LOG_IN, answers=LoginAnswer, example=_LAYLA, open=True),
)
async def log_in(caller: CallerOf, form: LoginForm) -> Response:
    """Get an access token, a refresh token for 90 days, and whose they are.

    How long the first is good, it says itself (`exp`): an hour, unless the operator said otherwise.
    An `Idempotency-Key` is ignored.
    """
    tokens = await _logged_in(caller, form)
    said = {"message": "Login was successful."}
    return composed(said | _only(tokens, "refresh", "access", "user"))


@doorway.post(
    "/api/login/",
    **says("Log in for tokens alone", auth.LOG_IN, answers=auth.Tokens, example=_ALI, open=True),
)
async def log_in_for_tokens(caller: CallerOf, form: LoginForm) -> Response:
    """Get an access token, for an hour unless the operator said otherwise, and a refresh token
    for 90 days. An `Idempotency-Key` is ignored.
    """
    return composed(_only(await _logged_in(caller, form), "access", "refresh"))


@doorway.post(
    "/api/refresh/",
    **says(
        "Get a fresh access token",
        auth.REFRESH,
        answers=RefreshAnswer,
        example={"refresh": "qvcoBy8UOKBA932AxYFon6K5Qgac1dRgDMXHKhi_fZc"},
        open=True,
    ),
)
async def refresh(caller: CallerOf, form: auth.Refresh) -> Response:
    """Get a fresh access token. The refresh token stays good, unless `rotate` spends it.

    An `Idempotency-Key` is ignored.
    """
    tokens = orjson.loads(await caller.ask(auth.REFRESH, form))
    await caller.parts.tokens.expect(tokens["access"])
    return composed({name: token for name, token in tokens.items() if token is not None})


@router.post("/api/accounts/logout/", **says("Log out", auth.LOG_OUT, example={}))
async def log_out(caller: CallerOf, form: auth.LogOut | None = None) -> Response:
    """End this session: its tokens are dead everywhere within two seconds.

    An `Idempotency-Key` is ignored.
    """
    answer = await caller.ask(auth.LOG_OUT, form or auth.LogOut())
    caller.end_session()
    return ok(answer)


@router.post(
    "/api/accounts/password/",
    **says(
        "Change the password",
        auth.CHANGE_PASSWORD,
        answers=Done,
        example={"old_password": "quiet-river-29", "new_password": "loud-ocean-31"},
    ),
)
async def change_password(caller: CallerOf, form: auth.ChangePassword) -> Response:
    """Choose another password. Every other session ends.

    An `Idempotency-Key` is ignored.
    """
    return ok(await caller.ask(auth.CHANGE_PASSWORD, form))


@router.get("/api/user/me/", **says("One's own profile", auth.ME, answers=Profile, tagged=True))
async def me(caller: CallerOf) -> Response:
    """The account, with figures from khatma; where that is down they are null."""
    profile = await profile_of(caller, await caller.ask(auth.ME))
    return shown(caller.request, profile.body, tag=profile.tag)


@router.patch(
    "/api/user/me/",
    **says(
        "Change one's profile",
        auth.UPDATE_ME,
        answers=Profile,
        example={"timezone": "Asia/Amman", "day_starts_at": 90},
        tagged=True,
    ),
)
async def change_me(caller: CallerOf, only_if: OnlyIf, change: auth.UpdateMe) -> Response:
    """Change what is named. An empty `gender` or `phone` clears it.

    A new time zone is everybody's within moments; after `/api/refresh/` it is yours at once.
    """
    said = await precondition_of_account(caller, only_if)
    asked = conditional(auth.ChangeMe, said, **change.named())
    profile = await profile_of(caller, await caller.ask(auth.UPDATE_ME, asked))
    return validated(ok(profile.body), profile.tag)


@router.delete("/api/user/me/", **says("Delete one's account", auth.DELETE_ME, status=204))
async def delete_me(caller: CallerOf, only_if: OnlyIf) -> Response:
    """Leave for good: every session ends, and every service erases what it holds."""
    said = await precondition_of_account(caller, only_if)
    await caller.ask(auth.DELETE_ME, conditional(auth.DeleteMe, said))
    caller.end_session()
    return gone()


@doorway.get(
    "/.well-known/jwks.json",
    **says("The public signing keys", auth.SIGNING_KEYS, open=True),
)
async def signing_keys(caller: CallerOf) -> Response:
    """The keys that access tokens are signed with, as a JSON Web Key Set."""
    answer = ok(await caller.ask(auth.SIGNING_KEYS))
    answer.headers["Cache-Control"] = "public, max-age=60"
    return answer


async def _registered(caller: Caller, form: RegisterForm | SignupForm) -> dict[str, Any]:
    fields = form.model_dump(exclude_unset=True)
    # What the client said is the request; asked again from another network it is the same one.
    said = auth.Register.model_construct(**fields)
    body = auth.Register.model_construct(**fields, address=caller.address)
    account: dict[str, Any] = orjson.loads(await caller.ask(auth.REGISTER, body, said=said))
    return account


async def _logged_in(caller: Caller, form: LoginForm) -> dict[str, Any]:
    body = auth.LogIn.model_construct(
        email=form.email, password=form.password, address=caller.address
    )
    try:
        tokens: dict[str, Any] = orjson.loads(await caller.ask(auth.LOG_IN, body))
    except Unauthenticated:
        # An account from before may have such an address; whoever has not must be told of it.
        if hides(form.email):
            raise _hidden() from None
        raise
    await caller.parts.tokens.expect(tokens["access"])
    return tokens


def _hidden() -> Invalid:
    message = f"{HIDING[0].upper()}{HIDING[1:]}."
    return Invalid(
        "The e-mail address holds a character that nobody sees. Type it instead of pasting it.",
        errors={"email": [message]},
    )


def _only(answer: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: answer[name] for name in names}
