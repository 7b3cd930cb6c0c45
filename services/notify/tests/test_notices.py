"""Who is told what."""

from notify.domain import notices
from notify.domain.kinds import Kind
from notify.domain.notices import Facts, Khatma

KHATMA = Khatma(17, "ختمة رمضان")


def test_nobody_is_told_when_nobody_leads() -> None:
    assert notices.leader_changed(None, 0) is None


def test_the_new_leader_is_told_with_their_minutes() -> None:
    notice = notices.leader_changed(7, 1250)
    assert notice is not None
    assert (notice.kind, notice.readers) == (Kind.LEADERBOARD_TOP, {7})
    assert notice.facts == Facts(minutes=1250)


def test_the_creator_is_told_of_a_new_member() -> None:
    notice = notices.member_joined(KHATMA, member=9, creator=3)
    assert (notice.kind, notice.readers, notice.about) == (Kind.KHATMA_JOINED, {3}, 9)


def test_the_invited_person_is_told_by_whom() -> None:
    notice = notices.member_invited(KHATMA, member=9, by=3)
    assert (notice.kind, notice.readers, notice.about) == (Kind.KHATMA_INVITATION, {9}, 3)


def test_the_others_are_told_of_a_finished_chapter_and_not_its_reader() -> None:
    notice = notices.part_completed(KHATMA, member=9, chapter=7, done=12, others=[3, 9, 5, 3])
    assert (notice.kind, notice.readers, notice.about) == (Kind.CHAPTER_COMPLETED, {3, 5}, 9)


def test_every_member_is_told_of_completion_once() -> None:
    notice = notices.completed(KHATMA, [3, 5, 9, 5])
    assert (notice.kind, notice.readers) == (Kind.KHATMA_COMPLETED, {3, 5, 9})


def test_the_holder_is_told_their_chapters_in_order() -> None:
    notice = notices.parts_claimed(KHATMA, 9, [8, 7])
    assert (notice.kind, notice.readers) == (Kind.CHAPTER_ASSIGNED, {9})
    assert notice.facts.chapters == (7, 8)
