"""PostgreSQL's log, kept in a folder, brings back any moment: by the scripts of deploy/backup."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sakina_local import accounts, marks, parts
from sakina_local.addresses import SUPERUSER
from sakina_local.backups import SCRIPTS
from sakina_local.postgres import Postgres, binaries


class Archived:
    """A server that keeps its log beside its data, and the scripts on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "postgres"
        self.archive = self.folder / "archive"
        (self.archive / "wal").mkdir(parents=True)
        keep = f"bash {SCRIPTS / 'keep_wal.sh'} %p {self.archive}/wal/%f"
        made = parts.new_postgres(self.folder)
        settings = (*made.settings, "archive_mode=on", f"archive_command={keep}")
        self.server = Postgres(self.folder, made.port, made.passwords, settings)
        self.server.start()
        self.ask("create table act (name text, at timestamptz default clock_timestamp())")

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        connection = self.server.address.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(question)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def act(self, name: str) -> str:
        """Do something, and return a moment after it and before whatever is done next."""
        self.ask(f"insert into act values ('{name}')")
        ((moment,),) = self.ask("select clock_timestamp()::text")
        return str(moment)

    def acts(self) -> list[str]:
        return [name for (name,) in self.ask("select name from act order by at")]

    def base_backup(self) -> None:
        """Make one, and wait until the second is over by which it is called."""
        done = self.run("base_backup.sh", self.archive)
        assert done.returncode == 0, done.stderr
        name = max(base.name for base in (self.archive / "base").iterdir())
        now = "to_char(clock_timestamp() at time zone 'utc', 'YYYYMMDD\"T\"HH24MISS\"Z\"')"
        self.wait_for(f"select 1 where {now} > '{name}'")

    def recover(self, *moment: str) -> subprocess.CompletedProcess[str]:
        return self.run("recover.sh", self.archive, self.server.data, *moment)

    def bring_back(self, *moment: str) -> None:
        """End it as a crash would, and start it as it was then."""
        self.server.kill()
        done = self.recover(*moment)
        assert done.returncode == 0, done.stderr
        self.server.start()
        self.wait_for("select 1 where not pg_is_in_recovery()")

    def wait_for(self, question: str) -> None:
        deadline = time.monotonic() + 60
        while not self.ask(question):
            assert time.monotonic() < deadline, question
            time.sleep(0.05)

    def run(self, script: str, *words: Path | str) -> subprocess.CompletedProcess[str]:
        address = self.server.address
        return subprocess.run(
            [*accounts.launcher(self.folder, binaries()), "bash", SCRIPTS / script, *words],
            env={
                "PATH": f"{binaries()}:{os.environ['PATH']}",
                "PGHOST": address.host,
                "PGPORT": str(address.port),
                "PGUSER": SUPERUSER,
                "PGPASSWORD": address.passwords[SUPERUSER],
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def archived(tmp_path: Path) -> Iterator[Archived]:
    tmp_path.chmod(0o711)
    made = Archived(tmp_path)
    yield made
    made.server.kill()
    marks.end(tmp_path)


def test_any_moment_after_a_base_backup_comes_back(archived: Archived) -> None:
    archived.act("before the base")
    archived.base_backup()
    moment = archived.act("kept")
    archived.act("a mistake")
    archived.ask("select pg_switch_wal()")
    archived.act("after it")
    archived.bring_back(moment)
    assert archived.acts() == ["before the base", "kept"]
    archived.act("goes on")
    archived.base_backup()
    archived.act("and on")
    archived.bring_back()
    assert archived.acts() == ["before the base", "kept", "goes on", "and on"]


def test_all_of_it_comes_back_where_no_moment_is_said(archived: Archived) -> None:
    archived.base_backup()
    archived.act("in a file that was kept")
    archived.ask("select pg_switch_wal()")
    archived.act("in the file at hand when it crashed")
    archived.bring_back()
    assert archived.acts() == ["in a file that was kept", "in the file at hand when it crashed"]


def test_what_cannot_be_brought_back_changes_nothing(archived: Archived) -> None:
    moment = archived.act("before any base backup")
    archived.base_backup()
    archived.server.stop()
    assert "ended before" in archived.recover(moment).stderr
    assert "is no moment" in archived.recover("yesterday-ish").stderr
    (base,) = (archived.archive / "base").iterdir()
    (base / "global" / "pg_control").write_bytes(b"damaged")
    assert "is damaged" in archived.recover().stderr
    archived.server.start()
    assert archived.acts() == ["before any base backup"]


def test_a_file_of_the_log_is_kept_once(archived: Archived, tmp_path: Path) -> None:
    segment, kept = tmp_path / "segment", tmp_path / "kept"
    segment.write_bytes(b"log")

    def keep() -> int:
        return archived.run("keep_wal.sh", segment, kept).returncode

    assert keep() == 0
    assert keep() == 0
    segment.write_bytes(b"another log")
    assert keep() != 0
    assert kept.read_bytes() == b"log"


def test_the_log_before_the_last_two_base_backups_goes(archived: Archived) -> None:
    for name in ("one", "two", "three"):
        archived.act(name)
        archived.ask("select pg_switch_wal()")
        archived.base_backup()
    assert len(list((archived.archive / "base").iterdir())) == 2
    first = min(file.name for file in (archived.archive / "wal").iterdir())
    assert first > "000000010000000000000002"
    archived.bring_back()
    assert archived.acts() == ["one", "two", "three"]
