"""Changes an installed service into one of a later release; runs in its image, while that is made.

Every khatma that begins is blessed: a column, an event of a new type that notify follows, and a
field more in one that was there. The arguments are the service, and the version of khatma's schema.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

EVENT = '''

class BlessedData(Answer):
    """A khatma was wished well."""

    members: list[Id]
    khatma_name: str


BLESSED = EventType(
    "khatma",
    "blessed",
    "khatma",
    "A khatma was wished well.",
    BlessedData,
    {"members": [3], "khatma_name": _NAME},
)
'''
ANNOUNCED = """
    from contracts.khatma import events as later

    data = later.BlessedData(members=[creator.id], khatma_name=khatma.name)
    blessed = later.BLESSED.about(khatma.id, data, creator.id)
    outbox.announce(tx, events.created(khatma, creator.id), blessed)
"""
MIGRATION = """
from alembic import op
revision, down_revision = "{later:04}", "{head}"
def upgrade():
    op.execute("alter table khatma add column blessed boolean not null default true")
"""


def main(service: str, head: str) -> None:
    events = source("contracts.khatma.events")
    change(
        events, "    creator: Id\n\n\n", '    creator: Id\n    dedication: str = "for all"\n\n\n'
    )
    events.write_text(events.read_text() + EVENT)
    if service == "khatma":
        announced = "    outbox.announce(tx, events.created(khatma, creator.id))\n"
        change(source("khatma.usecases.khatmas"), announced, ANNOUNCED)
        later = int(head) + 1
        versions = source("khatma.migrations").parent / "versions"
        (versions / f"{later:04}_blessed.py").write_text(MIGRATION.format(later=later, head=head))
    if service == "notify":
        followed = "    completed = follows(khatma.COMPLETED, telling.completed)\n"
        more = "    blessed = follows(khatma.BLESSED, telling.completed)\n"
        change(source("notify.service"), followed, followed + more)


def source(module: str) -> Path:
    found = find_spec(module)
    return Path(str(found and found.origin))


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert text.count(before) == 1, f"{file}: {before!r} is there {text.count(before)} times"
    file.write_text(text.replace(before, after))


if __name__ == "__main__":
    main(*sys.argv[1:])
