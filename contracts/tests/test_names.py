"""What a name may hold: something that people see, and nothing that turns what stands around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from contracts.auth.methods import Register, UpdateMe
from contracts.khatma.khatmas import CreateKhatma, KhatmaChange

ACCOUNT = {"email": "layla@example.com", "password": "quiet-river-29"}
KHATMA = {"name": "Ramadan", "khatma_type": "group", "target_days": 30}
NAMED = [
    (Register, ACCOUNT, "fullname"),
    (UpdateMe, {}, "fullname"),
    (CreateKhatma, KHATMA, "name"),
    (KhatmaChange, {}, "name"),
]

INVISIBLE = {
    "soft hyphen": "\u00ad",
    "Arabic letter mark": "\u061c",
    "combining grapheme joiner": "\u034f",
    "Hangul fillers": "\u115f\u1160\u3164\uffa0",
    "Khmer inherent vowels": "\u17b4\u17b5",
    "Mongolian vowel separator": "\u180e",
    "zero-width space": "\u200b",
    "joiners": "\u200c\u200d",
    "marks of direction": "\u200e\u200f",
    "word joiner and invisible operators": "\u2060\u2061\u2062\u2063\u2064",
    "deprecated format characters": "\u206a\u206f",
    "Braille blank": "\u2800",
    "a variation selector": "\ufe0f",
    "a variation selector of the supplement": "\U000e0100",
    "byte order mark": "\ufeff",
    "object replacement": "\ufffc",
    "interlinear annotation": "\ufff9\ufffb",
    "hieroglyph blanks": "\U00013441\U00013442",
    "musical null notehead": "\U0001d159",
    "musical beam": "\U0001d173",
    "tags": "\U000e0020\U000e007f",
    "a lone combining mark": "\u0301",
    "a lone Arabic vowel": "\u064e",
    "a lone enclosing mark": "\u20e3",
    "private use": "\ue000\U000f0000\U00100000",
    "noncharacters": "\ufdd0\uffff\U0001fffe",
    "spaces": " \u00a0\u1680\u2003\u202f\u205f\u3000",
}
VISIBLE = [
    "ليلى حسن",
    "می‌خواهم",  # Persian, with a zero-width non-joiner
    "क्‍ष",  # Devanagari, with a zero-width joiner
    "👩‍👩‍👧‍👦",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # a flag made of tags
    "❤️",
    "\u200fليلى",
    "José",
    "Jose\u0301",
    "한글",
    "7",
    "؟",
    "﷽",
    "۞",
    "\U0001faea",  # an emoji of Unicode 17, younger than this Python
]
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def named(model: type[BaseModel], body: dict[str, object], field: str, name: str) -> str:
    value: str = getattr(model.model_validate({**body, field: name}), field)
    return value


@pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE)
@pytest.mark.parametrize(("model", "body", "field"), NAMED)
def test_a_name_that_nobody_can_see_is_none(model, body, field: str, text: str) -> None:
    for name in (*text, text):
        with pytest.raises(ValidationError, match="visible character"):
            named(model, body, field, name)


@pytest.mark.parametrize("name", VISIBLE)
@pytest.mark.parametrize(("model", "body", "field"), NAMED)
def test_a_name_that_people_see_stays_byte_for_byte(model, body, field: str, name: str) -> None:
    assert named(model, body, field, name) == name


@pytest.mark.parametrize("turning", TURNING)
@pytest.mark.parametrize(("model", "body", "field"), NAMED)
def test_a_name_turns_no_sentence_round(model, body, field: str, turning: str) -> None:
    for name in (f"Ali{turning}", f"{turning}ليلى", f"a{turning}b"):
        with pytest.raises(ValidationError, match="direction"):
            named(model, body, field, name)


@pytest.mark.parametrize("turning", TURNING)
def test_prose_may_turn_since_it_stands_alone(turning: str) -> None:
    assert UpdateMe(bio=f"{turning}ليلى").bio == f"{turning}ليلى"
    assert CreateKhatma(**KHATMA, description=f"a{turning}").description == f"a{turning}"


@given(st.text(max_size=20), st.characters(categories=["L", "N", "P"]), st.text(max_size=20))
def test_one_letter_suffices_unless_something_else_is_wrong(
    before: str, letter: str, after: str
) -> None:
    name = before + letter + after
    try:
        assert UpdateMe(fullname=name).fullname == name
    except ValidationError as refused:
        (problem,) = refused.errors()
        # Blank letters, such as the Hangul fillers, are letters by their category alone.
        assert (
            "visible" not in problem["msg"]
            or letter in "\u115f\u1160\u3164\uffa0\U00013441\U00013442"
        )


def test_an_owner_may_still_have_no_fullname() -> None:
    assert UpdateMe(fullname="").fullname == ""
