"""What may be used, and what the page says of it."""

from collections.abc import Callable
from email import message_from_string
from importlib import metadata
from types import SimpleNamespace

import pytest

from sakina_supply import licences
from sakina_supply.problems import Problem


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "Apache-2.0 OR GPL-3.0-only",
        "MIT AND PSF-2.0",
        "MPL-2.0 AND (Apache-2.0 OR MIT)",
        "GPL-2.0-only OR (MIT AND BSD-3-Clause)",
    ],
)
def test_a_licence_that_can_be_kept_to_is_allowed(licence: str) -> None:
    assert licences.allowed(licence)


@pytest.mark.parametrize(
    "licence",
    ["AGPL-3.0-only", "MIT AND GPL-3.0-only", "Custom words of somebody", "", "(MIT", "no MIT"],
)
def test_another_one_is_not(licence: str) -> None:
    assert not licences.allowed(licence)


@pytest.fixture
def declares(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Give every package that metadata."""

    def say(text: str) -> None:
        made = SimpleNamespace(metadata=message_from_string(text))
        monkeypatch.setattr(metadata, "distribution", lambda _: made)

    return say


@pytest.mark.parametrize(
    ("declared", "licence"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: something", "MIT OR Apache-2.0"),
        ("Classifier: License :: OSI Approved :: BSD License\nLicense: see file", "BSD"),
        (
            "Classifier: License :: OSI Approved :: MIT License\n"
            "Classifier: License :: OSI Approved :: Apache Software License",
            "MIT OR Apache-2.0",
        ),
        ("License: Apache License, Version 2.0", "Apache-2.0"),
        ("License: Custom words", "Custom words"),
    ],
)
def test_a_package_is_under_what_it_declares(
    declares: Callable[[str], None], declared: str, licence: str
) -> None:
    declares(f"Name: some\n{declared}\n")
    assert licences.of("some") == licence


def test_a_package_that_declares_nothing_is_told(declares: Callable[[str], None]) -> None:
    declares("Name: some\n")
    with pytest.raises(Problem, match="some declares no licence"):
        licences.of("some")


def test_everything_that_is_pinned_is_allowed_and_on_the_page() -> None:
    assert licences.forbidden() == []
    page = (licences.ROOT / licences.PAGE).read_text()
    assert page == licences.page()
    assert "| psycopg2-binary | LGPL | auth, khatma, notify, practice |" in page
