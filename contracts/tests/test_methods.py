"""Every method can be called, and refuses what no service should have to look at."""

import pytest
from pydantic import ValidationError

from contracts.auth.methods import UpdateMe
from contracts.catalogue import METHODS, SERVICES
from contracts.khatma.khatmas import CreateKhatma
from contracts.practice.methods import LogSession, SessionChange
from contracts.refusals import REFUSALS, Conflict, Refusal, Unexpected

SESSION = {"meditation_type": "mantra", "duration": 25}
KHATMA = {"name": "Ramadan", "khatma_type": "group", "target_days": 30}


def test_each_service_answers_health() -> None:
    for service in SERVICES:
        assert METHODS[f"{service}.health"].open


@pytest.mark.parametrize("name", sorted(METHODS))
def test_answers_have_a_json_schema(name: str) -> None:
    assert METHODS[name].result.json_schema(mode="serialization")


@pytest.mark.parametrize("name", sorted(METHODS))
def test_answers_hold_no_secret_of_an_account(name: str) -> None:
    assert "password" not in str(METHODS[name].result.json_schema())


def test_an_answer_is_kept_for_a_repeat_only_where_a_repeat_would_do_something_else() -> None:
    """A method that writes is put here, or says that it keeps none: see RpcMethod.keeps_result.

    Kept answers hold what the asker wrote, and no other person's name: such a name could be
    erased, and would come back with the answer.
    """
    kept = {name for name, method in METHODS.items() if method.writes and method.keeps_result}
    assert kept == {
        "auth.register",  # would find the e-mail taken
        "auth.update_me",  # would undo what another device changed since
        "auth.delete_me",  # would find nobody
        "practice.log_session",  # would log another
        "practice.change_session",  # would undo what another device changed since
        "practice.delete_session",  # would find none
        "practice.clear_sessions",  # would delete what was logged since
        "khatma.create_khatma",  # would make another
        "khatma.change_khatma",  # would undo what another device changed since
        "khatma.delete_khatma",  # would find none
        "khatma.join",  # would take another chapter, or find the first unfinished
        "khatma.join_by_link",  # would find the link spent, or what join would
        "khatma.revoke_link",  # would find none
        "khatma.leave",  # would leave what was joined since, or find no membership
        "khatma.invite",  # would invite again who joined and left since
        "khatma.log_reading",  # would find the chapter done
        "notify.mark_all_read",  # would mark what nobody has read yet
        "notify.change_webhook",  # would undo what another device changed since
        "notify.delete_webhook",  # would find none
        "notify.test_webhook",  # would send another
        "notify.redeliver",  # would send it once more
        "notify.redeliver_since",  # would send it all once more
    }


def test_what_is_told_once_only_is_not_done_again() -> None:
    told = {name for name, method in METHODS.items() if method.told_again}
    assert told == {
        "khatma.make_link",  # would let in whoever has the code of the other one
        "notify.create_webhook",  # would send everything twice
        "notify.rotate_secret",  # would end the one that was just put in place
    }
    for name in told:
        method = METHODS[name]
        assert method.writes
        assert not method.keeps_result
        assert " 8 " in method.told_again.format_map({"id": 8}), "it names no secret"
        assert Conflict in method.refusals


@pytest.mark.parametrize(
    "value",
    [
        "25.0",
        " 25",
        "25 ",
        "+25",
        "-0",
        "1e1",
        "2_5",
        "٢٥",
        "²",
        "",
        "9" * 19,
        "9" * 400,
        "9" * 5000,
        25.5,
        True,
        None,
        -1,
        -25.0,
        0,
        0.0,
        1441,
        10**30,
        1e300,
        [],
        ["25"],
        {},
        float("nan"),
        float("inf"),
    ],
)
def test_a_duration_is_whole_minutes_of_one_day(value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        LogSession.model_validate(SESSION | {"duration": value})
    assert refused.value.errors()[0]["loc"] == ("duration",)


@pytest.mark.parametrize("value", [25, 25.0, "25", "025"])
def test_a_whole_number_may_be_written_otherwise(value: object) -> None:
    """To JSON Schema 25.0 is an integer, and HTML forms send text."""
    duration = LogSession.model_validate(SESSION | {"duration": value}).duration
    assert (type(duration), duration) == (int, 25)


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "2026-13-01",
        "1999-12-31",
        "20260301",
        "2026-03-01T00:00:00",
        "1700000000",
        "tomorrow",
        "",
        20260301,
        None,
        "٢٠٢٦-٠٣-٠١",
        "\ud800",
    ],
)
def test_a_day_is_written_one_way(value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        LogSession.model_validate(SESSION | {"date": value})
    assert refused.value.errors()[0]["loc"] == ("date",)


@pytest.mark.parametrize("value", ["a\x00b", "\x1b[31m", "\ud800", "x" * 2001, None, 5])
def test_notes_are_text_that_people_write(value: object) -> None:
    with pytest.raises(ValidationError):
        LogSession.model_validate(SESSION | {"notes": value})


def test_notes_keep_arabic_and_line_breaks() -> None:
    notes = "جلسة هادئة\nبعد الفجر\t🌙"
    assert LogSession.model_validate(SESSION | {"notes": notes}).notes == notes


@pytest.mark.parametrize("value", ["", "   ", "\u200b\n", "x" * 201, None, 7])
def test_a_khatma_has_a_visible_name(value: object) -> None:
    with pytest.raises(ValidationError):
        CreateKhatma.model_validate(KHATMA | {"name": value})


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError) as refused:
        LogSession.model_validate(SESSION | {"user": 7})
    assert refused.value.errors()[0]["loc"] == ("user",)


def test_a_resource_may_be_sent_back_as_it_came() -> None:
    change = SessionChange.model_validate({"id": 1, "user": 2, "created_at": "x", "duration": 30})
    assert change.named() == {"duration": 30}


def test_a_change_refuses_what_is_neither_its_own_nor_read_only() -> None:
    with pytest.raises(ValidationError):
        UpdateMe.model_validate({"is_admin": True})


def test_a_change_may_leave_out_but_not_null() -> None:
    assert SessionChange.model_validate({}).named() == {}
    with pytest.raises(ValidationError):
        SessionChange.model_validate({"duration": None})


@pytest.mark.parametrize("kind", REFUSALS.values())
def test_a_refusal_survives_the_wire(kind: type[Refusal]) -> None:
    sent = kind("Say what to do.", errors={"date": ["too late"]}, retry_after=3)
    got = Refusal.from_wire(sent.to_wire())
    assert (type(got), got.detail, got.errors, got.retry_after) == (
        kind,
        sent.detail,
        sent.errors,
        sent.retry_after,
    )


def test_an_unknown_failure_says_nothing_of_its_text() -> None:
    got = Refusal.from_wire({"exc_type": "KeyError", "value": "secret table"})
    assert isinstance(got, Unexpected)
    assert "secret" not in got.detail
