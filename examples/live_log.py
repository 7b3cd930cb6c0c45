"""Says what happens in khatmas, while it happens: `python live_log.py URL`."""

import sys

from sakina_events import Event, follow

SAID = {
    "khatma.created.v1": "{actor} began a khatma, {subject}: {name}",
    "khatma.member_joined.v1": "{member} joined {subject}",
    "khatma.parts_claimed.v1": "{member} took chapters {chapters} of {subject}",
    "khatma.part_completed.v1": "{member} finished chapter {chapter} of {subject}",
    "khatma.completed.v1": "{subject} is complete",
}


def tell(event: Event) -> None:
    """Print one line for an event that has words."""
    words = SAID.get(event.type)
    if words:
        facts = {"actor": event.actor, "subject": event.subject, **event.data}
        print(words.format_map(facts), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: python live_log.py URL", file=sys.stderr)
        sys.exit(2)
    follow(sys.argv[1], "khatma.#", tell)
