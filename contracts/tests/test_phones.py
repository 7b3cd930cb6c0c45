"""A phone in any digits is one number, and without a digit it is none."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.auth.methods import UpdateMe


def kept(phone: str) -> str | None:
    return UpdateMe(phone=phone).phone


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+962 79 123-4567", "+962 79 123-4567"),
        ("٠١٠١٢٣٤٥٦٧٨", "01012345678"),
        ("+۹۸ ۹۱۲ ۳۴۵ ۶۷۸۹", "+98 912 345 6789"),
        ("०१२३४५", "012345"),
        ("＋８１（３）１２３４", "+81(3)1234"),
        ("\u202a+962 79 123 4567\u202c", "+962 79 123 4567"),
        ("\u200e+962\u200f79\u061c1\u2066234\u2069", "+962791234"),
        ("\ufeff0101\u200b2", "01012"),
        ("+962\u00a079\u202f123", "+962 79 123"),
        ("555\u20111234", "555-1234"),
        ("555–1234−5", "555-1234-5"),
        (" 0101 ", "0101"),
        ("", ""),
    ],
)
def test_a_phone_is_kept_in_ascii(typed: str, number: str) -> None:
    assert kept(typed) == number


@pytest.mark.parametrize(
    "typed",
    [
        "()-+ ",
        "+",
        " ",
        "()",
        "\u200e",
        "\u202a\u202c",
        "abc",
        "0101x",
        "1\n2",
        "½",
        "²³",
        "①②",
        "⑴",
        "0²",
        "٪",
        "0" * 21,
    ],
)
def test_what_holds_no_number_is_no_phone(typed: str) -> None:
    with pytest.raises(ValidationError):
        kept(typed)


@given(st.text(st.characters(categories=["Nd"]), min_size=1, max_size=20))
def test_digits_of_every_script_keep_their_value(typed: str) -> None:
    assert kept(typed) == "".join(str(unicodedata.decimal(digit)) for digit in typed)


@given(st.text(max_size=30))
def test_what_was_kept_is_kept_as_it_is(typed: str) -> None:
    try:
        number = kept(typed)
    except ValidationError:
        return
    assert number is not None
    assert kept(number) == number
    assert number.isascii()
