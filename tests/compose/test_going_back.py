"""A release with migrations and events that are new: rolled out, gone back from, and out again.

By the commands of docs/operations.md, Upgrade and Going back, while people use the stack.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from load import KHATMAS, Reader, load
from other_release import make_later
from page_commands import give
from stack import OURS, Run, Stack, until
from whole import assert_whole, unpublished

BLESSED = "khatma.blessed.v1"
FOLLOWED = "evt-khatma-khatma.blessed.v1--notify.blessed"
# By a process of the later release that is about to end, for a khatma and one of its members.
ANNOUNCE = """
from chassis.data import outbox
from chassis.data.database import Database
from chassis.process.settings import ServiceSettings
from contracts.khatma import events
data = events.BlessedData(members=[{person}], khatma_name='ours')
db = Database.connect(ServiceSettings().database_url)
with db.transaction() as tx:
    outbox.announce(tx, events.BLESSED.about({khatma}, data, {person}))
"""
ANNOUNCED = f"""
with told as (select event_id, type from khatma.outbox
              union all select event_id, type from khatma.published)
select count(*), count(recorded.position)
from told left join notify.activity as recorded using (event_id) where told.type = '{BLESSED}'
"""
EFFECTS = "select count(*), count(distinct event_id) from notify.blessing"
STEPPED_OVER = "select stepped_over from notify.recorder"
IS_MIGRATED = """
select count(*) from information_schema.columns
where table_schema = 'khatma' and table_name = 'khatma' and column_name = 'blessed'
"""


@dataclass(frozen=True)
class Releases:
    """A stack whose settings name one of two releases, as an operator's do.

    Attributes:
        stack: Which it is.
        old: The name of the one that it starts with.
        later: The name of the other.
    """

    stack: Stack
    old: str
    later: str

    @property
    def settings(self) -> Path:
        return self.stack.folder / "env"

    def upgrade(self) -> None:
        ours = {"deploy/.env": str(self.settings), "$(git rev-parse --short HEAD)": self.later}
        give(self.stack, "## Upgrade", {**ours, "make images": "true"})

    def go_back(self) -> None:
        ours = {"deploy/.env": str(self.settings), "3f2a91c": self.old}
        give(self.stack, "### Going back", ours)

    def run_by(self) -> set[str]:
        containers = [one for name in OURS for one in self.stack.ids(name)]
        images = [self.stack.inspect(one)["Config"]["Image"] for one in containers]
        return {image.partition(":")[2] for image in images}


def releases(run: Run, stack: Stack, folder: Path) -> Releases:
    """Start the stack with the release of this checkout, and make a later one beside it."""
    old = stack.settings.pop("SAKINA_VERSION")
    made = Releases(stack, old, f"{old}-later")
    with made.settings.open("a") as file:
        file.write(f"SAKINA_VERSION={old}\n")
    stack.up()
    for service in OURS:
        heads = f"select version_num from {service}.alembic_version"
        head = "0" if service == "gateway" else stack.sql(heads)[0]
        make_later(folder, run, service, made.later, head)
    return made


def blessed(stack: Stack) -> tuple[int, int]:
    """Return how many such events were announced, and how many of them are recorded."""
    (row,) = stack.sql(ANNOUNCED)
    announced, recorded = row.split("|")
    return int(announced), int(recorded)


def queues(stack: Stack) -> dict[str, int]:
    said = stack.rabbitmqctl("list_queues", "-p", "sakina", "name", "messages").splitlines()[1:]
    return {name: int(count) for name, count in (line.split("\t") for line in said)}


def test_a_release_goes_out_is_gone_back_from_and_goes_out_again(
    run: Run,
    spare: Callable[[], Stack],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    stack = spare()
    two = releases(run, stack, tmp_path)
    reader = Reader.signed_up(stack.url)
    with reader.client() as http:
        person = http.get("/api/user/me/").json()["id"]
    with load(reader, workers=2, thinking=0.25) as work:
        work.more(10)
        two.upgrade()
        assert two.run_by() == {two.later}
        assert stack.sql(IS_MIGRATED) == ["1"]
        work.more(20)
        until(lambda: blessed(stack)[1], "the later release announces what is new, and records it")

        two.go_back()
        assert two.run_by() == {two.old}
        assert stack.sql(IS_MIGRATED) == ["1"], "its tables stay"
        until(lambda: blessed(stack)[0] == blessed(stack)[1], "all that was announced is recorded")
        assert stack.sql(STEPPED_OVER) == ["0"], "in the order of going back"
        with reader.client() as http:
            feed = http.get("/api/activity/?newest=true&limit=100")
            assert feed.status_code == 200, "with what only the later release announced"

        khatma = max(number for (path, _), number in work.made.items() if path == KHATMAS)
        said = ANNOUNCE.format(khatma=khatma, person=person)
        with stack.having(SAKINA_VERSION=two.later):
            stack.compose("run", "--rm", "-T", "--no-deps", "khatma", "python", "-c", said)
            assert stack.roll("khatma").returncode == 0, "an older notify beside it"
        work.more(20)
        until(lambda: stack.sql(STEPPED_OVER) != ["0"], "which steps over what it does not know")
        assert stack.roll("khatma").returncode == 0
        with stack.having(SAKINA_VERSION=two.later):
            stack.compose("run", "--rm", "-T", "--no-deps", "khatma", "python", "-c", said)
        work.more(20)
        left = "all but what the old release cannot say is published"
        until(lambda: unpublished(stack, "khatma") == [BLESSED], left)

        two.upgrade()
        work.more(10)
        give(stack, "#### What an older release left")
        work.more(10)
    record_property("first tries", dict(work.first))
    assert not work.odd, work.odd
    assert_whole(stack, work)
    announced = sum(path == KHATMAS for path, _ in work.made)
    record_property("blessed", blessed(stack))
    assert blessed(stack)[0] >= announced / 4
    until(lambda: blessed(stack)[0] == blessed(stack)[1], "none of them is lost")
    count = str(blessed(stack)[0])
    until(lambda: stack.sql(EFFECTS) == [f"{count}|{count}"], "each took its effect, once")
    assert not {name for name, count in queues(stack).items() if count and "parked" in name}
    assert queues(stack)[FOLLOWED] == 0
