from datetime import date

from practice.domain.days import fault_of


def test_a_session_counts_for_a_day_from_2000_to_today():
    today = date(2026, 3, 1)
    assert fault_of(date(2000, 1, 1), today) is None
    assert fault_of(today, today) is None
    assert fault_of(date(1999, 12, 31), today)
    assert fault_of(date(2026, 3, 2), today)
