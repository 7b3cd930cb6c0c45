"""The meditation document from its first request to its last, through the typed client.

The address of Sakina is the argument. mypy looks at this file with its strictest rules.
"""

import sys
import time
from http import HTTPStatus
from typing import TypeVar

from sakina_client import AuthenticatedClient, Client
from sakina_client.api.accounts import log_in, log_out, me, register
from sakina_client.api.meditation import (
    change_session,
    clear_sessions,
    delete_session,
    get_session,
    list_sessions,
    log_session,
    put_session,
)
from sakina_client.api.notifications import list_notifications
from sakina_client.models import (
    LoginAnswer,
    LoginForm,
    LogSession,
    LogSessionMeditationType,
    PagedNotification,
    PagedSession,
    Problem,
    RegisteredAnswer,
    RegisterForm,
    Session,
    SessionChange,
)
from sakina_client.types import UNSET

Answer = TypeVar("Answer")
BASE_URL = sys.argv[1]
NAME = f"testuser-{time.time_ns():x}"
EMAIL = f"{NAME}@example.com"
PASSWORD = "StrongPassword123"


def expect(kind: type[Answer], answer: object) -> Answer:
    assert isinstance(answer, kind), answer
    return answer


def logged_in(form: LoginForm) -> AuthenticatedClient:
    answer = expect(LoginAnswer, log_in.sync(client=stranger, body=form))
    assert (answer.message, answer.user.username) == ("Login was successful.", NAME)
    return AuthenticatedClient(BASE_URL, answer.access)


stranger = Client(BASE_URL)
registration = RegisterForm(username=NAME, email=EMAIL, password=PASSWORD)
registered = expect(RegisteredAnswer, register.sync(client=stranger, body=registration))
assert registered.user.email == EMAIL

testuser = logged_in(LoginForm(PASSWORD, email=EMAIL))
assert log_out.sync_detailed(client=testuser).status_code == HTTPStatus.OK
assert me.sync_detailed(client=testuser).status_code == HTTPStatus.UNAUTHORIZED

# As clients in the field send it.
testuser = logged_in(LoginForm(PASSWORD, username=EMAIL))
page = expect(PagedSession, list_sessions.sync(client=testuser))
assert (page.count, page.next_, page.previous, page.results) == (0, None, None, [])

form = LogSession(LogSessionMeditationType.MINDFULNESS, 25, notes="Morning calm session")
session = expect(Session, log_session.sync(client=testuser, body=form))
read = get_session.sync_detailed(session.id, client=testuser)
assert expect(Session, read.parsed) == session
# mypy complains of an ignore that nothing needs: it must see that this is no duration.
wrong = LogSession(LogSessionMeditationType.GRATITUDE, "half an hour")  # type: ignore[arg-type]
refused = expect(Problem, log_session.sync(client=testuser, body=wrong))
assert refused.errors
assert "duration" in refused.errors.to_dict()

change = SessionChange(duration=30, notes="Extended session")
put = expect(Session, put_session.sync(session.id, client=testuser, body=change))
assert (put.duration, put.notes) == (30, "Extended session")
assert put.meditation_type == session.meditation_type
# What was read can be sent back whole, with what only Sakina says.
whole = SessionChange.from_dict(put.to_dict())
assert whole.created_at is not UNSET
assert expect(Session, put_session.sync(session.id, client=testuser, body=whole)).duration == 30
patched = change_session.sync_detailed(
    session.id, client=testuser, body=change, if_match=read.headers["ETag"]
)
assert patched.status_code == HTTPStatus.PRECONDITION_FAILED
assert expect(Session, change_session.sync(session.id, client=testuser, body=change)).duration == 30
deleted = delete_session.sync_detailed(session.id, client=testuser)
assert deleted.status_code == HTTPStatus.NO_CONTENT
told = expect(PagedNotification, list_notifications.sync(client=testuser, page_size=5))
assert told.previous is None

# The workflow at its end.
taken = expect(Problem, register.sync(client=stranger, body=registration))
assert taken.status == HTTPStatus.CONFLICT
testuser = logged_in(LoginForm(PASSWORD, email=EMAIL))
form = LogSession(LogSessionMeditationType.GRATITUDE, 25, notes="Morning calm session")
session = expect(Session, log_session.sync(client=testuser, body=form))
page = expect(PagedSession, list_sessions.sync(client=testuser))
assert [each.id for each in page.results] == [session.id]
change = SessionChange(duration=23)
assert expect(Session, change_session.sync(session.id, client=testuser, body=change)).duration == 23
assert clear_sessions.sync_detailed(client=testuser).status_code == HTTPStatus.NO_CONTENT
assert expect(PagedSession, list_sessions.sync(client=testuser)).count == 0
