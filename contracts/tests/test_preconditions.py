"""When a precondition holds: RFC 9110, sections 8.8.3.2 and 13.1."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.preconditions import Precondition, entity_tag

TAG = '"now"'
CHANGED = datetime(2026, 3, 1, 8, 0, 0, 500_000, tzinfo=UTC)
SECOND = CHANGED.replace(microsecond=0)


def test_another_byte_is_another_tag() -> None:
    tag = entity_tag(b'{"id":1}')
    assert tag == entity_tag(b'{"id":1}') != entity_tag(b'{"id":2}')
    assert tag[0] == tag[-1] == '"'


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ({}, True),
        ({"if_match": ["*"]}, True),
        ({"if_match": [TAG]}, True),
        ({"if_match": ['"old"', TAG]}, True),
        ({"if_match": ['"old"']}, False),
        ({"if_match": [f"W/{TAG}"]}, False),
        ({"if_match": []}, False),
        ({"if_none_match": ["*"]}, False),
        ({"if_none_match": [TAG]}, False),
        ({"if_none_match": [f"W/{TAG}"]}, False),
        ({"if_none_match": ['"old"', 'W/"old"']}, True),
        ({"if_none_match": []}, True),
        ({"unmodified_since": SECOND}, True),
        ({"unmodified_since": SECOND + timedelta(days=1)}, True),
        ({"unmodified_since": SECOND - timedelta(seconds=1)}, False),
        # If-Match decides, and the date is passed over (section 13.2.2).
        ({"if_match": [TAG], "unmodified_since": SECOND - timedelta(days=1)}, True),
        ({"if_match": ['"old"'], "unmodified_since": SECOND}, False),
        ({"if_match": [TAG], "if_none_match": [TAG]}, False),
        ({"unmodified_since": SECOND, "if_none_match": [TAG]}, False),
    ],
    ids=str,
)
def test_a_change_on_condition(said: dict, holds: bool) -> None:
    assert Precondition(**said).holds(TAG, CHANGED) == holds


def test_of_what_nobody_dates_nobody_says_that_it_has_not_changed() -> None:
    assert not Precondition(unmodified_since=SECOND + timedelta(days=9000)).holds(TAG, None)
