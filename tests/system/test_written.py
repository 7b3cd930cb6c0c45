"""What people write in all scripts, and what a keyboard adds: kept, understood or refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from people import PASSWORD, Person, ok, problem, unique

NewPerson = Callable[..., Person]
DATA = Path(__file__).parents[2] / "contracts" / "tests" / "data"
NAUGHTY = json.loads((DATA / "naughty_strings.json").read_text())["strings"]
SESSIONS = "/api/meditations/sessions/"
UNSEEN = ["\u200b\u2060", "\u115f\u1160\u3164\uffa0", "\u2800", "\ufe0f", "\U000e0041", "\u0301"]
TURNING = ["Ali\u202eamra", "\u2067Ali\u2069", "\u202bAli\u202c"]
SEEN = ["می‌خواهم", "क्‍ष", "👩‍👩‍👧‍👦", "🏴\U000e0067\U000e0062\U000e007f", "❤️"]


def register(http: httpx.Client, email: str, **fields: Any) -> httpx.Response:
    body = {"fullname": "Ali", "email": email, "password": PASSWORD, **fields}
    return http.post("/api/signup/", json=body)


@pytest.mark.parametrize("name", [*UNSEEN, *TURNING])
def test_nobody_is_called_what_nobody_sees_or_what_turns_a_sentence(
    http: httpx.Client, crowd: list[Person], name: str
) -> None:
    person, email = crowd[0], f"{unique('unseen')}@example.com"
    told = problem(register(http, email, fullname=name), 400)["errors"]
    assert list(told) == ["fullname"]
    before = ok(person.get("/api/user/me/"))
    assert problem(person.patch("/api/user/me/", {"fullname": name}), 400)["errors"] == told
    assert ok(person.get("/api/user/me/")) == before
    khatma = {"name": name, "khatma_type": "group", "target_days": 30}
    assert problem(person.post("/api/khatmas/", khatma), 400)["errors"] == {
        "name": told["fullname"]
    }
    problem(http.post("/api/login/", json={"email": email, "password": PASSWORD}), 401)


@pytest.mark.parametrize("name", SEEN)
def test_joiners_and_tags_inside_a_name_stay_byte_for_byte(
    newcomer: NewPerson, crowd: list[Person], name: str
) -> None:
    person = newcomer(name)
    assert ok(person.get("/api/user/me/"))["fullname"] == name
    assert person.told("welcome")[0]["title"] == f"Welcome to Sakina, \u2068{name}\u2069"
    assert crowd[0].new_khatma(name=name)["name"] == name


def test_an_email_is_one_account_however_it_is_typed(http: httpx.Client) -> None:
    local = unique("typed")
    made = ok(register(http, f" {local}@bücher.example\u00a0"), 201)
    assert made["email"] == f"{local}@bücher.example"
    for typed in (
        f"{local}@bücher.example",
        f"\u3000{local.upper()}@BÜCHER.example ",
        f"{local}@xn--bcher-kva.example",
    ):
        for field in ("email", "username"):
            ok(http.post("/api/login/", json={field: typed, "password": PASSWORD}))
        problem(register(http, typed), 409)
    for twin in (f"\u200b{local}@bücher.example", f"{local}\u3164@bücher.example"):
        assert list(problem(register(http, twin), 400)["errors"]) == ["email"]


def test_an_invitation_finds_whom_it_means(newcomer: NewPerson, crowd: list[Person]) -> None:
    invited = newcomer(email=f"{unique('invited')}@مثال.إختبار")
    khatma = crowd[1].new_khatma()["id"]
    local = invited.email.partition("@")[0]
    typed = f" {local}@xn--mgbh0fb.xn--kgbechtv"
    ok(crowd[1].post(f"/api/khatmas/{khatma}/invite/", {"email": typed}), 202)
    assert invited.told("khatma_invitation")[0]["related_khatma"] == khatma


def test_a_password_is_the_same_with_every_space(http: httpx.Client, newcomer: NewPerson) -> None:
    person = newcomer(password="quiet\u00a0river 29")
    for typed in ("quiet river 29", "quiet\u3000river\u202f29"):
        ok(http.post("/api/login/", json={"email": person.email, "password": typed}))
    change = {"old_password": "quiet river\u00a029", "new_password": "loud\u2003ocean 31"}
    ok(person.post("/api/accounts/password/", change))
    ok(http.post("/api/login/", json={"email": person.email, "password": "loud ocean 31"}))
    for nothing in (" " * 8, "\u00a0" * 8, "\u200b" * 8, "a       ", "quiet\u200briver"):
        email = f"{unique('nothing')}@example.com"
        told = problem(register(http, email, password=nothing), 400)["errors"]
        assert list(told) == ["password"]


def test_a_phone_is_kept_in_ascii_digits(newcomer: NewPerson) -> None:
    person = newcomer(phone="\u202a٠١٠١٢٣۴۵\u202c")
    assert person.me["phone"] == "01012345"
    for nothing in ("()-+ ", " ", "\u200e"):
        problem(person.patch("/api/user/me/", {"phone": nothing}), 400)
    assert ok(person.patch("/api/user/me/", {"phone": "+۹۸ ۹۱۲"}))["phone"] == "+98 912"


def test_nobody_lives_in_a_factory(crowd: list[Person]) -> None:
    told = problem(crowd[2].patch("/api/user/me/", {"timezone": "Factory"}), 400)
    assert list(told["errors"]) == ["timezone"]


def test_naughty_strings_are_kept_and_listed_as_they_are_or_refused(newcomer: NewPerson) -> None:
    """The Big List of Naughty Strings, each as the notes of a session of its own."""
    person = newcomer()
    kept = []
    for notes in NAUGHTY:
        answer = person.post(SESSIONS, {"meditation_type": "mantra", "duration": 1, "notes": notes})
        if answer.status_code == 400:
            assert list(problem(answer, 400)["errors"]) == ["notes"]
        else:
            assert ok(answer, 201)["notes"] == notes
            kept.append(notes)
    listed: list[str] = []
    while len(listed) < len(kept):
        page = person.get(SESSIONS, page=len(listed) // 100 + 1, page_size=100)
        listed += [each["notes"] for each in ok(page)["results"]]
    assert sorted(listed) == sorted(kept)
    assert len(kept) > len(NAUGHTY) * 0.98
