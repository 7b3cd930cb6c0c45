"""The words of each kind of notification."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from contracts.khatma.achievements import AchievementKind
from contracts.notify.methods import NotificationType
from notify.domain.kinds import Kind
from notify.domain.notices import Facts
from notify.domain.wording import Told, isolated, words

NAME = "ختمة رمضان"
KHATMA = f"“\u2068{NAME}\u2069”"
ALI = "\u2068Ali Ahmed\u2069"


def test_the_kinds_are_those_of_the_contract() -> None:
    assert {kind.value for kind in Kind} == set(NotificationType.__args__)


def test_displays_are_plain_words() -> None:
    assert Kind.CHAPTER_COMPLETED.display == "Chapter Completed"
    assert Kind.KHATMA_INVITATION.display == "Khatma Invitation"


@pytest.mark.parametrize(
    ("told", "title", "message"),
    [
        (
            Told(Kind.WELCOME, Facts(), name="ليلى حسن"),
            "Welcome to Sakina, \u2068ليلى حسن\u2069",
            "Log your first meditation, or start a khatma alone or with friends. Take your time.",
        ),
        (
            Told(Kind.LEADERBOARD_TOP, Facts(minutes=1250)),
            "You lead the leaderboard",
            "With 1,250 minutes of meditation, you are first of everyone.",
        ),
        (
            Told(Kind.LEADERBOARD_TOP, Facts(minutes=1)),
            "You lead the leaderboard",
            "With 1 minute of meditation, you are first of everyone.",
        ),
        (
            Told(Kind.KHATMA_INVITATION, Facts(), NAME, "Ali Ahmed"),
            f"You are invited to {KHATMA}",
            f"{ALI} invites you to read {KHATMA} together.",
        ),
        (
            Told(Kind.KHATMA_JOINED, Facts(), NAME, "Ali Ahmed"),
            f"{ALI} joined {KHATMA}",
            f"{ALI} now reads {KHATMA} with you.",
        ),
        (
            Told(Kind.KHATMA_COMPLETED, Facts(), NAME),
            f"{KHATMA} is complete",
            f"All 30 chapters of {KHATMA} are done. May it be accepted from all of you.",
        ),
        (
            Told(Kind.CHAPTER_ASSIGNED, Facts(chapters=(7,)), NAME),
            "Chapter 7 is yours",
            f"Chapter 7 of {KHATMA} is yours to read. Take your time.",
        ),
        (
            Told(Kind.CHAPTER_ASSIGNED, Facts(chapters=(7, 8, 9)), NAME),
            "Chapters 7, 8 and 9 are yours",
            f"Chapters 7, 8 and 9 of {KHATMA} are yours to read. Take your time.",
        ),
        (
            Told(Kind.CHAPTER_COMPLETED, Facts(chapters=(7,), done=12), NAME, "Ali Ahmed"),
            f"{ALI} finished chapter 7",
            f"{ALI} finished chapter 7 of {KHATMA}. Now 12 of 30 chapters are done.",
        ),
        (
            Told(Kind.ACHIEVEMENT_EARNED, Facts(achievement="first_khatma"), NAME),
            "Achievement earned: First Khatma",
            f"You completed your first khatma, with {KHATMA}. Well done!",
        ),
        (
            Told(Kind.ACHIEVEMENT_EARNED, Facts(achievement="streak_7")),
            "Achievement earned: 7-Day Streak",
            "You finished a chapter on 7 days in a row. Well done!",
        ),
    ],
)
def test_words(told: Told, title: str, message: str) -> None:
    assert (words(told).title, words(told).message) == (title, message)


def test_a_person_not_known_yet_is_a_member_and_one_who_left_for_good_a_former_one() -> None:
    facts = Facts(chapters=(7,), done=12)
    assert words(Told(Kind.CHAPTER_COMPLETED, facts, NAME)).title == "A member finished chapter 7"
    gone = Told(Kind.CHAPTER_COMPLETED, facts, NAME, name="Ali Ahmed", gone=True)
    assert words(gone).title == "A former member finished chapter 7"
    assert words(Told(Kind.WELCOME, Facts())).title == "Welcome to Sakina"


def test_a_kind_of_a_later_release_has_general_words() -> None:
    kind = Kind.of("daily_reminder")
    assert (kind, kind.display) == (Kind.OTHER, "Other")
    told = words(Told(kind, Facts(), NAME))
    assert told.title == "There is something new"
    assert f"in “\u2068{NAME}\u2069”" in told.message


@pytest.mark.parametrize("achievement", AchievementKind.__args__)
def test_every_achievement_of_the_contract_has_a_sentence_of_its_own(achievement: str) -> None:
    told = words(Told(Kind.ACHIEVEMENT_EARNED, Facts(achievement=achievement)))
    assert "You earned it" not in told.message


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("turning", "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u202c\u2069")
def test_no_name_turns_a_sentence_round(kind: Kind, turning: str) -> None:
    """Each name is a closed isolate, and nothing else in the sentence has a direction."""
    facts = Facts(chapters=(7,), done=12, achievement="first_khatma")
    name = f"{turning}ليلى{turning} x{turning}"
    told = words(Told(kind, facts, name, name))
    for text in (told.title, told.message):
        outside = re.sub("\u2068[^\u2068\u2069]*\u2069", "", text)
        assert outside.translate({ord("“"): None, ord("”"): None}).isascii()


@given(some.text(max_size=40))
def test_what_is_isolated_is_closed_and_otherwise_as_it_was(name: str) -> None:
    inner = isolated(name).removeprefix("\u2068").removesuffix("\u2069")
    turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert inner == "".join(char for char in name if char not in turning)


@given(
    kind=some.sampled_from(Kind),
    facts=some.builds(
        Facts,
        chapters=some.lists(some.integers(1, 30), unique=True).map(tuple),
        done=some.none() | some.integers(1, 30),
        minutes=some.none() | some.integers(0, 10**9),
        achievement=some.none() | some.text(max_size=20),
    ),
    khatma=some.none() | some.text(min_size=1, max_size=20),
    name=some.none() | some.text(min_size=1, max_size=20),
    gone=some.booleans(),
)
def test_there_are_words_for_whatever_happens(
    kind: Kind, facts: Facts, khatma: str | None, name: str | None, gone: bool
) -> None:
    told = words(Told(kind, facts, khatma, name, gone))
    assert told.title
    assert told.message
