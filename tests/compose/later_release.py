"""Makes a later release of an installed service; runs in its image, while that is made.

Every khatma that begins is blessed: a column, an event of a new type, which notify follows and
keeps in a table, and a field more in one that was there. The arguments are the service, and the
version of its schema.
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
HANDLER = '''

def blessed(tx: Transaction, event: Event[Any]) -> None:
    """Count it."""
    tx.tell(text("insert into blessing values (cast(:id as uuid))"), id=str(event.id))
'''
CHANGES = {
    "khatma": "alter table khatma add column blessed boolean not null default true",
    "notify": "create table blessing (event_id uuid not null)",
}
MIGRATION = """
from alembic import op
revision, down_revision = "{later:04}", "{head}"
def upgrade():
    op.execute("{change}")
"""


def main(service: str, head: str) -> None:
    announced = source("contracts.khatma.events")
    last = "    creator: Id\n\n\nclass MemberInvited"
    change(announced, last, last.replace("\n\n", '\n    dedication: str = "for all"\n\n', 1))
    append(announced, EVENT)
    if service == "khatma":
        said = "    outbox.announce(tx, events.created(khatma, creator.id))\n"
        change(source("khatma.usecases.khatmas"), said, ANNOUNCED)
    if service == "notify":
        followed = "    completed = follows(khatma.COMPLETED, telling.completed)\n"
        more = "    blessed = follows(khatma.BLESSED, telling.blessed)\n"
        change(source("notify.service"), followed, followed + more)
        append(source("notify.usecases.telling"), "\nfrom sqlalchemy import text\n" + HANDLER)
    if service in CHANGES:
        later = int(head) + 1
        text = MIGRATION.format(later=later, head=head, change=CHANGES[service])
        versions = source(f"{service}.migrations").parent / "versions"
        (versions / f"{later:04}_blessed.py").write_text(text)


def source(module: str) -> Path:
    found = find_spec(module)
    return Path(str(found and found.origin))


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert text.count(before) == 1, f"{file}: {before!r} is there {text.count(before)} times"
    file.write_text(text.replace(before, after))


if __name__ == "__main__":
    main(*sys.argv[1:])
