from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.domain.throttle import WINDOW, account_mark, origin, seconds_left

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@given(st.timedeltas(min_value=timedelta(0), max_value=2 * WINDOW))
def test_after_the_seconds_left_nothing_is_left(ago):
    failed_at = NOW - ago
    left = seconds_left(failed_at, NOW)

    assert 0 <= left <= WINDOW.total_seconds()
    assert NOW + timedelta(seconds=left) >= failed_at + WINDOW
    assert seconds_left(failed_at, NOW + timedelta(seconds=left)) == 0
    if left:
        assert seconds_left(failed_at, NOW + timedelta(seconds=left - 1)) > 0


def test_without_a_failure_nobody_waits():
    assert seconds_left(None, NOW) == 0


@given(st.ip_addresses(v=6, network="2001:db8:1:2::/64"))
def test_a_household_has_one_origin(address):
    assert origin(str(address)) == "2001:db8:1:2::/64"


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_its_own_origin_however_it_is_written(address):
    assert origin(str(address)) == origin(f"::ffff:{address}") == str(address)


@pytest.mark.parametrize("unknown", ["", "unix socket", "1.2.3.4:80", "a\x00b"])
def test_what_is_no_address_is_still_an_origin_that_can_be_stored(unknown):
    assert "\x00" not in origin(unknown)


def test_an_account_is_marked_without_its_email():
    assert account_mark("layla@example.com") != account_mark("laila@example.com")
    assert b"layla" not in account_mark("layla@example.com")
