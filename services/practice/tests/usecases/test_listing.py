import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.refusals import NotFound

pytestmark = pytest.mark.usefixtures("noon")
TYPES = ("mantra", "breathing")
DAYS = ("2026-02-26", "2026-02-27", "2026-02-28")


@pytest.fixture
def diary(person):
    """Thirty sessions in which types, dates and durations repeat."""
    layla = person(7)
    for n in range(30):
        layla.log(5 + n % 4, meditation_type=TYPES[n % 2], date=DAYS[n % 3])
    person(8).log()
    return layla


def test_an_empty_list_has_a_first_page_alone(person):
    layla = person(7)
    assert layla.sessions() == {"count": 0, "results": []}
    with pytest.raises(NotFound):
        layla.sessions(page=2)


def test_pages_are_newest_first_and_end(diary):
    pages = [diary.sessions(page=page)["results"] for page in (1, 2, 3)]
    ids = [session["id"] for page in pages for session in page]
    assert [len(page) for page in pages] == [10, 10, 10]
    assert ids == sorted(ids, reverse=True)
    for page in (4, 10_000_000):
        with pytest.raises(NotFound):
            diary.sessions(page=page)


@pytest.mark.parametrize("ordering", ["date", "-date", "duration", "-duration"])
def test_equal_keys_are_in_the_order_of_id(diary, ordering):
    sessions = diary.sessions(page_size=100, ordering=ordering)["results"]
    key = ordering.removeprefix("-")
    by_id = sorted(sessions, key=lambda session: session["id"])
    assert sessions == sorted(
        by_id, key=lambda session: session[key], reverse=ordering.startswith("-")
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    meditation_type=st.sampled_from([None, *TYPES, "other"]),
    first_day=st.sampled_from([None, "2026-02-25", *DAYS, "2026-03-01"]),
    last_day=st.sampled_from([None, "2026-02-25", *DAYS, "2026-03-01"]),
    ordering=st.sampled_from([None, "date", "-date", "duration", "-duration"]),
    page_size=st.integers(1, 40),
)
def test_filters_leave_in_what_they_say(
    diary, meditation_type, first_day, last_day, ordering, page_size
):
    def wanted(session):
        return meditation_type in {None, session["meditation_type"]} and (
            first_day or "0"
        ) <= session["date"] <= (last_day or "9")

    everything = diary.sessions(page_size=100, ordering=ordering)["results"]
    expected = [session for session in everything if wanted(session)]
    asked = {
        "meditation_type": meditation_type,
        "first_day": first_day,
        "last_day": last_day,
        "ordering": ordering,
        "page_size": page_size,
    }
    found = diary.sessions(**asked)
    assert found == {"count": len(expected), "results": expected[:page_size]}
    for page in range(2, -(-len(expected) // page_size) + 1):
        found["results"] += diary.sessions(**asked, page=page)["results"]
    assert found["results"] == expected
