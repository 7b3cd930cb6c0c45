from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.domain.account import SEEN_BY_OTHERS, Account, is_timezone

LAYLA = Account(
    id=1,
    email="layla@example.com",
    username="layla",
    fullname="ليلى",
    gender="female",
    phone="+962 7",
    bio="",
    timezone="UTC",
    day_starts_at=0,
    visibility="companions",
    version=3,
    joined_at=datetime(2026, 3, 1, tzinfo=UTC),
    password_hash="…",
)

changes = st.fixed_dictionaries(
    {},
    optional={
        "username": st.sampled_from(["layla", "laila"]),
        "fullname": st.sampled_from(["ليلى", "Layla"]),
        "gender": st.sampled_from(["male", "female", ""]),
        "phone": st.sampled_from(["", "+962 7", "1"]),
        "bio": st.sampled_from(["", "reads"]),
        "timezone": st.sampled_from(["UTC", "Asia/Amman"]),
        "day_starts_at": st.sampled_from([0, 90]),
        "visibility": st.sampled_from(["companions", "everybody", "nobody"]),
    },
)


@given(changes)
def test_the_version_grows_exactly_when_others_see_a_change(named):
    after = LAYLA.changed(named)
    seen = any(getattr(after, name) != getattr(LAYLA, name) for name in SEEN_BY_OTHERS)

    assert after.version == LAYLA.version + seen
    assert after.looks_unlike(LAYLA) is seen


@given(changes)
def test_a_change_touches_what_it_names_and_nothing_else(named):
    after = LAYLA.changed(named)

    cleared = {name: value or None for name, value in named.items() if name in ("gender", "phone")}
    assert replace(after, version=3) == replace(LAYLA, **{**named, **cleared})


@given(changes)
def test_the_same_change_twice_is_seen_once(named):
    once = LAYLA.changed(named)
    assert once.changed(named) == once


@pytest.mark.parametrize("name", ["UTC", "Asia/Riyadh", "America/Argentina/Buenos_Aires"])
def test_knows_the_time_zones_of_iana(name):
    assert is_timezone(name)


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Olympus", "asia/riyadh", "America", "../UTC", "localtime", "posix/UTC", "Factory"],
)
def test_knows_no_others(name):
    assert not is_timezone(name)
