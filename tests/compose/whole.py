"""Nothing was lost on its way and nothing is there twice, in answers and in events."""

from load import KHATMAS, PARTS, SESSIONS, Load
from stack import SERVICES, Stack, until

EVENTS = {
    SESSIONS: ("practice", "practice.session_logged.v1"),
    KHATMAS: ("khatma", "khatma.created.v1"),
    PARTS: ("khatma", "khatma.part_completed.v1"),
}
TOLD = """
    with told as (select event_id, type, actor from {service}.outbox
                  union all select event_id, type, actor from {service}.published)
    select count(*), count(distinct event_id), count(recorded.position)
    from told left join notify.activity as recorded using (event_id)
    where told.type = '{kind}' and told.actor = {person}
"""


def assert_whole(stack: Stack, work: Load) -> None:
    """Check that each answered write is there once, told once, and recorded by who follows all."""
    work.assert_whole()
    with work.reader.client() as http:
        person = http.get("/api/user/me/").json()["id"]
    until(lambda: not waiting(stack), "every event is published")
    for path, (service, kind) in EVENTS.items():
        made = sum(where == path for where, _ in work.made)
        ask = TOLD.format(service=service, kind=kind, person=person)
        recorded = [f"{made}|{made}|{made}"]
        until(lambda ask=ask, recorded=recorded: stack.sql(ask) == recorded, f"{made} {kind}")


def waiting(stack: Stack) -> int:
    """Return how many events no broker has confirmed yet."""
    return sum(len(unpublished(stack, service)) for service in SERVICES)


def unpublished(stack: Stack, service: str) -> list[str]:
    """Return the types of the service's events that no broker has confirmed yet."""
    return stack.sql(f"select type from {service}.outbox where published_at is null order by id")
