"""Who there is, and what they do: the same in every run."""

import random
from dataclasses import dataclass

# For show: whoever can reach the demo may log in as anybody in it.
PASSWORD = "a-quiet-place-7"  # noqa: S105
DOMAIN = "demo.example"

MORNING = (
    "هدوء الصباح",
    "Before the house woke up",
    "بعد الفجر",
    "Tea, then ten quiet breaths",
    "",
)
EVENING = ("قبل النوم", "Long day, short sit", "سكينة", "Rain on the window", "")


@dataclass(frozen=True)
class Character:
    """Somebody in the demo.

    Attributes:
        name: Local part of the e-mail, and the username.
        fullname: As others read it.
        gender: male or female.
        timezone: IANA name.
        bio: A line about them.
        sessions: How many meditation sessions they logged.
        favourite: The type that most of these are of.
    """

    name: str
    fullname: str
    gender: str
    timezone: str
    bio: str
    sessions: int
    favourite: str

    @property
    def email(self) -> str:
        """The address that they log in with."""
        return f"{self.name}@{DOMAIN}"


@dataclass(frozen=True)
class Sitting:
    """A meditation session, `days_ago` of a person's practice."""

    days_ago: int
    meditation_type: str
    duration: int
    notes: str


@dataclass(frozen=True)
class Circle:
    """A khatma.

    Attributes:
        name: Its name; its creator has one of that name.
        description: What it is for.
        khatma_type: group or private.
        is_public: Whether anybody may see and join it.
        target_days: How long it is to take.
        readers: Names of its people; the first one creates it.
        done: How many chapters are done, from chapter 1 on.
    """

    name: str
    description: str
    khatma_type: str
    is_public: bool
    target_days: int
    readers: tuple[str, ...]
    done: int


PEOPLE = (
    Character("layla", "ليلى حسن", "female", "Asia/Amman", "أقرأ مع القهوة.", 42, "gratitude"),
    Character("ali", "Ali Ahmed", "male", "Africa/Cairo", "Early bird.", 30, "mindfulness"),
    Character("maryam", "مريم العلي", "female", "Asia/Riyadh", "ورد كل يوم.", 36, "breathing"),
    Character("omar", "عمر خالد", "male", "Asia/Baghdad", "قليل دائم.", 18, "mantra"),
    Character("sara", "Sara Haddad", "female", "Asia/Beirut", "Night owl.", 25, "visualization"),
    Character("yusuf", "Yusuf Demir", "male", "Europe/Istanbul", "On the ferry.", 21, "breathing"),
    Character("fatima", "فاطمة الزهراء", "female", "Africa/Casablanca", "", 28, "loving_kindness"),
    Character("bilal", "Bilal Khan", "male", "Asia/Karachi", "Slow and steady.", 15, "body_scan"),
    Character("amina", "Amina Diallo", "female", "Africa/Dakar", "Avec patience.", 22, "gratitude"),
    Character("hassan", "حسن إبراهيم", "male", "Africa/Khartoum", "", 12, "mindfulness"),
    Character("nur", "Nur Aisyah", "female", "Asia/Kuala_Lumpur", "Satu juz sehari.", 33, "mantra"),
    Character("idris", "Idris Cole", "male", "Europe/London", "New to this.", 7, "movement"),
    Character("salma", "سلمى منصور", "female", "America/Toronto", "بعيدة قريبة.", 19, "body_scan"),
    Character("tariq", "Tariq Hussein", "male", "America/Chicago", "", 10, "other"),
)
STAR = PEOPLE[0]

KHATMAS = (
    Circle(
        "ختمة رمضان",
        "نختم القرآن معًا في ثلاثين يومًا.",
        "group",
        True,
        30,
        ("layla", "ali", "maryam", "omar", "fatima", "hassan", "salma", "nur"),
        19,
    ),
    Circle(
        "Family khatma",
        "For grandmother, by all of us.",
        "group",
        False,
        60,
        ("ali", "layla", "sara", "tariq", "idris"),
        30,
    ),
    Circle(
        "Dawn circle · حلقة الفجر",
        "One chapter each, after the dawn prayer.",
        "group",
        True,
        40,
        ("nur", "bilal", "amina", "yusuf"),
        7,
    ),
    Circle(
        "Commuters",
        "On trains, ferries and buses. Everybody is welcome.",
        "group",
        True,
        90,
        ("yusuf", "sara", "idris"),
        2,
    ),
    Circle("وِردي", "صفحات قليلة كل ليلة.", "private", False, 120, ("layla",), 4),
    Circle("Slow reading", "", "private", False, 365, ("bilal",), 1),
)


def sittings(person: Character) -> list[Sitting]:
    """Return the sessions of a person, oldest first; in every run the same."""
    dice = random.Random(person.name)  # noqa: S311  believable, not secret
    kinds = [person.favourite] * 4 + ["mindfulness", "breathing", "gratitude", "other"]
    # The last days in a row, for a streak; the rest here and there in the two months before.
    streak = min(person.sessions, dice.randint(2, 9))
    earlier = dice.sample(range(streak + 2, 62), person.sessions - streak)
    return [
        Sitting(
            days_ago=day,
            meditation_type=dice.choice(kinds),
            duration=dice.choice((5, 10, 10, 12, 15, 20, 20, 25, 30, 40)),
            notes=dice.choice(MORNING + EVENING),
        )
        for day in sorted([*earlier, *range(1, streak + 1)], reverse=True)
    ]
