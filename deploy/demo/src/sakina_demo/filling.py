"""Making it so. Every step looks at what is there and does only what is missing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sakina_demo import cast
from sakina_demo.api import Api, Unexpected
from sakina_demo.cast import Character, Circle, Sitting
from sakina_demo.progress import Progress


@dataclass(frozen=True)
class Guest:
    """A character with an account, logged in."""

    id: int
    email: str
    token: str


def steps() -> int:
    """Return how many steps a filling has."""
    sessions = sum(len(cast.sittings(person)) for person in cast.PEOPLE)
    joins = sum(len(circle.readers) for circle in cast.KHATMAS)
    done = sum(circle.done for circle in cast.KHATMAS)
    return len(cast.PEOPLE) + sessions + joins + done


def fill(api: Api, progress: Progress) -> None:
    """Fill the system behind `api`.

    Raises:
        Away: Nothing answers there.
        Unexpected: It answers what cannot be gone on from.
    """
    guests = {}
    for person in cast.PEOPLE:
        guests[person.name] = arrive(api, person)
        progress.step(person.fullname)
    for person in cast.PEOPLE:
        practise(api, guests[person.name], cast.sittings(person), progress)
    for circle in cast.KHATMAS:
        read(api, circle, [guests[name] for name in circle.readers], progress)


def arrive(api: Api, person: Character) -> Guest:
    """Give a character an account, unless they have one, and log in to it."""
    given = {"email": person.email, "password": cast.PASSWORD}
    answer = api.ask(
        "POST",
        "/api/signup/",
        {**given, "fullname": person.fullname, "gender": person.gender},
    )
    if answer.status_code not in (201, 409):
        raise Unexpected(f"signing up {person.email} answered {answer.status_code}: {answer.text}")
    tokens = api.send("POST", "/api/login/", given, "")
    token: str = tokens["access"]
    if answer.status_code == 201:
        profile = {"username": person.name, "timezone": person.timezone, "bio": person.bio}
        _profile(api, profile, token)
        # The names and the zone of an access token are those of when it was made.
        token = api.send("POST", "/api/login/", given, "")["access"]
    return Guest(api.get("/api/user/me/", token)["id"], person.email, token)


def _profile(api: Api, profile: dict[str, str], token: str) -> None:
    answer = api.ask("PATCH", "/api/user/me/", profile, token)
    if answer.status_code == 409:  # somebody else has the username; the made-up one will do
        del profile["username"]
        api.send("PATCH", "/api/user/me/", profile, token)


def practise(api: Api, guest: Guest, sittings: list[Sitting], progress: Progress) -> None:
    """Log those of a guest's sessions that are not there yet, oldest first."""
    there = api.get("/api/meditations/sessions/?page_size=1", guest.token)["count"]
    today = datetime.now(UTC).date()
    for number, sitting in enumerate(sittings):
        if number >= there:
            body = {
                "meditation_type": sitting.meditation_type,
                "duration": sitting.duration,
                "notes": sitting.notes,
                "date": (today - timedelta(days=sitting.days_ago)).isoformat(),
            }
            api.send("POST", "/api/meditations/sessions/", body, guest.token)
        progress.step("meditation sessions")


def read(api: Api, circle: Circle, readers: list[Guest], progress: Progress) -> None:
    """Bring a khatma about, bring its readers in, and bring its chapters to where they are."""
    creator = readers[0]
    khatma = _khatma(api, circle, creator)
    progress.step(circle.name)
    members = {member["id"] for member in api.get(f"{khatma}members/", creator.token)}
    for reader in readers[1:]:
        if reader.id not in members:
            if not circle.is_public:
                api.send("POST", f"{khatma}invite/", {"email": reader.email}, creator.token)
            api.send("POST", f"{khatma}join/", None, reader.token)
        progress.step(circle.name)
    number = khatma.rstrip("/").rpartition("/")[2]
    chapters = api.get(f"/api/stats/khatma/{number}/", creator.token)["chapter_completion_status"]
    for chapter in range(circle.done):
        status = chapters[chapter]
        if not status["is_completed"]:
            holder = (status["assigned_user"] or {}).get("id")
            by_turns = readers[chapter % len(readers)]
            reader = next((one for one in readers if one.id == holder), by_turns)
            body = {"chapter_assigned": chapter + 1, "is_completed": True}
            api.send("POST", f"{khatma}sessions/", body, reader.token)
        progress.step(circle.name)


def _khatma(api: Api, circle: Circle, creator: Guest) -> str:
    own = "/api/khatmas/?filter="
    for khatma in api.get(f"{own}my_khatmas", creator.token) + api.get(
        f"{own}completed", creator.token
    ):
        if khatma["name"] == circle.name and khatma["creator"]["id"] == creator.id:
            return f"/api/khatmas/{khatma['id']}/"
    body = {
        "name": circle.name,
        "description": circle.description,
        "khatma_type": circle.khatma_type,
        "is_public": circle.is_public,
        "target_days": circle.target_days,
    }
    return f"/api/khatmas/{api.send('POST', '/api/khatmas/', body, creator.token)['id']}/"
