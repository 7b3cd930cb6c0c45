"""The Big List of Naughty Strings: each is kept as it is, or refused with the field named."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from contracts.auth.methods import ChangePassword, FindByEmail, LogIn, Register, UpdateMe
from contracts.emails import email_key
from contracts.khatma.khatmas import CreateKhatma
from contracts.khatma.readings import ReadingReport
from contracts.practice.methods import LogSession

STRINGS = json.loads((Path(__file__).parent / "data" / "naughty_strings.json").read_text())[
    "strings"
]
ACCOUNT = {"email": "layla@example.com", "password": "quiet-river-29"}
KHATMA = {"name": "Ramadan", "khatma_type": "group", "target_days": 30}
READING = {"chapter_assigned": 1, "is_completed": True}
SESSION = {"meditation_type": "mantra", "duration": 25}
TEXTS: list[tuple[type[BaseModel], dict[str, Any], str]] = [
    (Register, ACCOUNT, "fullname"),
    (Register, ACCOUNT, "username"),
    (Register, ACCOUNT, "password"),
    (UpdateMe, {}, "fullname"),
    (UpdateMe, {}, "bio"),
    (UpdateMe, {}, "timezone"),
    (LogIn, ACCOUNT, "password"),
    (ChangePassword, {"new_password": "quiet-river-29"}, "old_password"),
    (CreateKhatma, KHATMA, "name"),
    (CreateKhatma, KHATMA, "description"),
    (ReadingReport, READING, "notes"),
    (LogSession, SESSION, "notes"),
]
TRIMMED: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (Register, ACCOUNT),
    (FindByEmail, {}),
    (LogIn, ACCOUNT),
]


def kept(model: type[BaseModel], body: dict[str, Any], field: str, text: str) -> str | None:
    """What `model` keeps of `text` in `field`; None where it refuses it, for that field alone."""
    try:
        value: str = getattr(model.model_validate({**body, field: text}), field)
    except ValidationError as error:
        refused = {problem["loc"] for problem in error.errors()}
    else:
        return value
    assert refused == {(field,)}
    return None


@pytest.mark.parametrize(("model", "body", "field"), TEXTS)
def test_a_text_stays_as_it_is_or_is_refused(model, body: dict[str, Any], field: str) -> None:
    for text in STRINGS:
        assert kept(model, body, field, text) in (text, None)


@pytest.mark.parametrize(("model", "body"), TRIMMED)
def test_an_email_stays_as_it_is_but_for_spaces_around_it(model, body: dict[str, Any]) -> None:
    for text in STRINGS:
        email = kept(model, body, "email", text)
        assert email is None or email in text
        assert email is None or email_key(email_key(email)) == email_key(email)


def test_prose_refuses_control_characters_alone() -> None:
    for text in STRINGS:
        control = any(unicodedata.category(char) == "Cc" and char not in "\t\n" for char in text)
        assert (kept(UpdateMe, {}, "bio", text) is None) is control
