"""Dumps by deploy/backup: what is kept, and what is refused without a change."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from waiting import until

from sakina_local import backups
from sakina_local.addresses import SUPERUSER
from sakina_local.backups import SCRIPTS, keys_beside
from sakina_local.checkout import ROOT
from sakina_local.dump_keys import DumpKeys
from sakina_local.home import Home
from sakina_local.postgres import binaries
from sakina_local.problems import Problem
from sakina_local.testing import Database, _fresh_name

KEY = "a-key-of-the-operator-of-this-system"


class Dumps:
    """The scripts on a database of their own, and a folder for what they write."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.settings: dict[str, str] = {}

    def run(self, script: str, *words: str | Path, said: bytes = b"") -> str:
        """Return what a script says."""
        done = self.try_run(script, *words, said=said)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def refused(self, script: str, *words: str | Path) -> str:
        """Return the one line by which a script says no."""
        done = self.try_run(script, *words)
        assert done.returncode != 0
        (line,) = done.stderr.decode().strip().splitlines()
        return line

    def try_run(
        self, script: str, *words: str | Path, said: bytes = b"", through: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a script; `through` what runs it in a mount namespace."""
        command: list[str | Path] = ["bash", SCRIPTS / script, *words]
        if through:
            command = ["unshare", "--mount", "--map-root-user", *through, *command]
        return subprocess.run(
            command,
            env=self.environment,
            input=said,
            capture_output=True,
            timeout=120,
            check=False,
        )

    @property
    def environment(self) -> dict[str, str]:
        server = self.database.server
        return {
            "PATH": f"{binaries()}:{os.environ['PATH']}",
            "PGHOST": server.host,
            "PGPORT": str(server.port),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": server.passwords[SUPERUSER],
            "SAKINA_DATABASE": self.database.name,
            "SAKINA_RELEASE": "7f3a",
            **self.settings,
        }

    def dump(self) -> Path:
        """Back up, and return the file."""
        self.run("backup.sh", self.folder)
        return self.files()[-1]

    def dump_by(self, *words: str | Path) -> Path:
        """Write a dump of another kind than backup.sh, and return the file."""
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "of-somebody.dump"
        said = ["pg_dump", "--format=custom", f"--file={file}", *words, self.database.name]
        subprocess.run(said, env=self.environment, check=True)
        return file

    def files(self, kind: str = ".dump") -> list[Path]:
        return sorted(self.folder.glob(f"sakina-*{kind}*"))

    def empty(self) -> None:
        """Leave the database as a new deployment has it."""
        self.database.server.drop_database(self.database.name)
        self.database.server.make_database(self.database.name)

    def ask(self, question: str) -> list[tuple[object, ...]]:
        """Return the rows; whoever looks next finds nobody connected."""
        with (
            closing(self.database.server.connect()) as other,
            other.cursor() as looking,
            closing(self.database.connect()) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(question)
            rows = cursor.fetchall() if cursor.description else []
            # The server's process for a connection may outlive that by a little.
            looking.execute("select pg_terminate_backend(%s, 10000)", [connection.info.backend_pid])
        return rows

    def databases(self) -> set[str]:
        rows = self.ask(f"select datname from pg_database where datname ~ '^{self.database.name}'")
        return {str(name) for (name,) in rows}


@pytest.fixture
def dumps(postgres: Database, tmp_path: Path) -> Iterator[Dumps]:
    database = Database(postgres.server, _fresh_name())
    database.server.make_database(database.name)
    made = Dumps(database, tmp_path / "backups")
    made.ask(
        "set role auth_owner;"
        "create table auth.account (id bigint generated always as identity, name text);"
        "insert into auth.account (name) select 'reader ' || n from generate_series(1, 5000) as n"
    )
    yield made
    database.server.drop_database(database.name)


@pytest.fixture(params=["plain", "encrypted"])
def either(request: pytest.FixtureRequest, dumps: Dumps, tmp_path: Path) -> Dumps:
    """Without a key of the operator's, and with one."""
    if request.param == "encrypted":
        with_key(dumps, tmp_path)
    return dumps


def with_key(dumps: Dumps, folder: Path, key: str = KEY) -> None:
    file = folder / f"key-{len(list(folder.iterdir()))}"
    file.write_text(key + "\n")
    dumps.settings["SAKINA_BACKUP_KEY_FILE"] = str(file)


def test_a_restored_database_is_the_one_that_was(either: Dumps) -> None:
    file = either.dump()
    assert "7f3a" in file.name
    assert file.stat().st_mode & 0o077 == 0
    either.empty()
    either.run("restore.sh", file)
    assert either.ask("select count(*), min(name) from auth.account") == [(5000, "reader 1")]
    assert either.databases() == {either.database.name}
    either.database.server.make_database(either.database.name)
    assert either.ask(
        "select tableowner, has_table_privilege('auth_app', 'auth.account', 'insert'),"
        " has_table_privilege('khatma_app', 'auth.account', 'select'),"
        " has_database_privilege('public', current_database(), 'connect')"
        " from pg_tables where tablename = 'account'"
    ) == [("auth_owner", True, False, False)]


def test_ids_that_were_given_since_are_given_to_nobody(dumps: Dumps) -> None:
    file = dumps.dump()
    ((since,),) = dumps.ask("insert into auth.account (name) values ('later') returning id")
    dumps.empty()
    dumps.run("restore.sh", file)
    ((after,),) = dumps.ask("insert into auth.account (name) values ('new') returning id")
    assert isinstance(after, int)
    assert isinstance(since, int)
    assert after > since + 100_000


def test_what_is_in_the_file_cannot_be_read_without_the_key(dumps: Dumps, tmp_path: Path) -> None:
    with_key(dumps, tmp_path)
    file = dumps.dump()
    assert file.suffix == ".gpg"
    assert b"auth_owner" not in file.read_bytes()
    del dumps.settings["SAKINA_BACKUP_KEY_FILE"]
    assert "is encrypted" in dumps.refused("restore.sh", file)


def test_a_wrong_key_changes_nothing(dumps: Dumps, tmp_path: Path) -> None:
    with_key(dumps, tmp_path)
    file = dumps.dump()
    dumps.empty()
    with_key(dumps, tmp_path, "a-key-of-another-operator-than-that")
    assert "is not the one" in dumps.refused("restore.sh", file)
    assert dumps.ask("select 1 from pg_tables where schemaname = 'auth'") == []
    assert dumps.databases() == {dumps.database.name}


@pytest.mark.parametrize("left", [0, 0.5, -1])
def test_a_cut_dump_changes_nothing(either: Dumps, left: float) -> None:
    file = either.dump()
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * left) if 0 < left < 1 else int(left)])
    either.empty()
    assert "is cut or damaged: take another one" in either.refused("restore.sh", file)
    assert either.ask("select 1 from pg_tables where schemaname = 'auth'") == []


def test_a_dump_at_which_pg_restore_crashes_is_damaged(dumps: Dumps, tmp_path: Path) -> None:
    """As it does at some damage to the table of contents, without a word."""
    file = dumps.dump()
    dumps.empty()
    crashing = tmp_path / "crashing"
    crashing.mkdir()
    program = crashing / "pg_restore"
    program.write_text("#!/bin/sh\nkill -s SEGV $$\n")
    program.chmod(0o755)
    dumps.settings["PATH"] = f"{crashing}:{dumps.environment['PATH']}"
    said = dumps.refused("restore.sh", file)
    assert "is cut or damaged: take another one. Nothing was changed. (" in said
    assert "without a word" in said
    assert dumps.ask("select 1 from pg_tables where schemaname = 'auth'") == []


def test_a_folder_is_no_dump(dumps: Dumps) -> None:
    dumps.folder.mkdir()
    assert "is a folder: name a dump in it" in dumps.refused("restore.sh", dumps.folder)
    assert "is a folder: name a file of keys in it" in dumps.refused("keys.sh", dumps.folder)


@pytest.mark.parametrize("services", [(), ("auth",), ("auth", "khatma", "notify")])
def test_a_dump_that_is_not_sakinas_changes_nothing(dumps: Dumps, services: Sequence[str]) -> None:
    """Of another program's database, or of some services' alone."""
    missing = [name for name in ("auth", "practice", "khatma", "notify") if name not in services]
    dumps.ask("create table public.x (id int)")
    dumps.ask(f"drop schema {', '.join(missing)} cascade")
    file = dumps.dump_by()
    dumps.empty()
    said = dumps.refused("restore.sh", file)
    assert f"is not a dump of Sakina's: it is without the schema {missing[0]} of" in said
    assert all(f"the schema {name} of {name}_owner" in said for name in missing)
    assert dumps.ask("select 1 from pg_tables where schemaname in ('auth', 'public')") == []
    assert dumps.databases() == {dumps.database.name}


def test_a_dump_of_schemas_of_others_is_not_sakinas(dumps: Dumps) -> None:
    dumps.ask(f"alter schema notify owner to {SUPERUSER}")
    file = dumps.dump_by()
    dumps.empty()
    assert "without the schema notify of notify_owner" in dumps.refused("restore.sh", file)


def test_what_could_not_be_restored_is_not_backed_up(either: Dumps) -> None:
    either.ask("drop schema notify")
    said = either.refused("backup.sh", either.folder, "--keys")
    assert f"the database {either.database.name} is not Sakina's, so no dump was kept" in said
    assert either.files("Z-") == []


def test_a_database_that_is_not_empty_is_left_alone(dumps: Dumps) -> None:
    file = dumps.dump()
    dumps.ask("insert into auth.account (name) values ('later')")
    said = dumps.refused("restore.sh", file)
    assert "is not empty: nothing was changed" in said
    assert "rename to" in said
    assert dumps.ask("select count(*) from auth.account") == [(5001,)]


def test_what_counts_statements_is_no_content(dumps: Dumps) -> None:
    """A server that counts them has two views of its own in a new database."""
    dumps.ask("create extension if not exists pg_stat_statements")
    file = dumps.dump()
    dumps.empty()
    dumps.ask("create extension if not exists pg_stat_statements")
    assert dumps.run("restore.sh", file).strip().endswith(", 1 tables")
    assert dumps.ask("select count(*) from auth.account") == [(5000,)]


def test_a_database_that_is_in_use_is_left_alone(dumps: Dumps) -> None:
    file = dumps.dump()
    dumps.empty()
    user = dumps.database.connect()
    assert "1 connections use the database" in dumps.refused("restore.sh", file)
    assert dumps.databases() == {dumps.database.name}
    user.close()


def test_who_is_just_leaving_does_not_use_a_database(dumps: Dumps, tmp_path: Path) -> None:
    file = dumps.dump()
    dumps.empty()
    looked = noted_looks(dumps, tmp_path)
    with closing(dumps.database.connect()) as user, ThreadPoolExecutor(1) as aside:
        restoring = aside.submit(dumps.run, "restore.sh", file)
        until(looked.exists, 60)
        user.close()
        restoring.result()
    assert dumps.ask("select count(*) from auth.account") == [(5000,)]


def noted_looks(dumps: Dumps, folder: Path) -> Path:
    """Return a file that is there once a script was told who is connected."""
    looked, program = folder / "looked", folder / "noting" / "psql"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\n"{binaries()}/psql" "$@" || exit\n'
        f'case "$*" in *pg_stat_activity*) touch "{looked}" ;; esac\n'
    )
    program.chmod(0o755)
    dumps.settings["PATH"] = f"{program.parent}:{dumps.environment['PATH']}"
    return looked


def test_what_ends_in_the_middle_leaves_nothing(dumps: Dumps) -> None:
    """Such as a full disk, or here a trigger that calls what is not there."""
    dumps.ask(
        "create schema other; create function other.no(bigint) returns bigint immutable"
        " language sql as 'select $1'; create index on auth.account (other.no(id));"
        "create or replace function other.no(bigint) returns bigint immutable language plpgsql"
        " as $$ begin if current_database() ~ '_restored$' then raise 'not here'; end if;"
        " return $1; end $$"
    )
    file = dumps.dump()
    dumps.database.server.drop_database(dumps.database.name)
    other = Database(dumps.database.server, "postgres")
    said = dumps.refused("restore.sh", file)
    assert "nothing was changed" in said
    assert "not here" in said
    with other.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"select 1 from pg_database where datname ~ '^{dumps.database.name}'")
        assert cursor.fetchall() == []
    connection.close()


def test_a_dump_that_cannot_be_restored_is_not_kept(dumps: Dumps) -> None:
    before = dumps.dump()
    dumps.ask(
        "create function public.no(bigint) returns bigint immutable language plpgsql"
        " as $$ begin if current_database() ~ '_check$' then raise 'not here'; end if;"
        " return $1; end $$; create index on auth.account (public.no(id))"
    )
    said = dumps.refused("backup.sh", dumps.folder, "--keys")
    assert "cannot be restored, so it was not kept" in said
    assert dumps.files("Z-") == [before], "and no keys without a dump"
    assert dumps.databases() == {dumps.database.name}


def test_a_full_disk_loses_nothing_of_before(either: Dumps) -> None:
    if subprocess.run(["unshare", "--mount", "--map-root-user", "true"], check=False).returncode:
        pytest.skip("the kernel lets nobody make a mount namespace here")
    small = either.folder / "small"
    small.mkdir(parents=True)
    full = f"mount -t tmpfs -o size=16k none {small}; echo old > {small}/sakina-1.dump"
    done = either.try_run(
        "backup.sh",
        small,
        "--keys",
        said=b"keys",
        through=["sh", "-c", f'{full}; "$@"; ls {small}/.part* {small}', "sh"],
    )
    assert done.stdout.decode().split() == [f"{small}:", "sakina-1.dump"]
    said = done.stderr.decode().splitlines()[0]
    assert "no space left on device" in said.lower()
    assert "none of before is gone" in said


def test_the_newest_are_kept(dumps: Dumps) -> None:
    dumps.settings["SAKINA_BACKUP_KEEP"] = "2"
    dumps.folder.mkdir()
    mine = dumps.folder / "notes.dump"
    mine.write_text("mine")
    for day in range(1, 4):
        for kind in ("dump", "dump.gpg", "keys.tar"):
            (dumps.folder / f"sakina-2026010{day}T000000Z-old.{kind}").write_text("old")
    (dumps.folder / ".part.dump").write_text("of one that was killed")
    newest = dumps.dump()
    assert [file.name for file in dumps.files()] == [
        "sakina-20260103T000000Z-old.dump.gpg",
        newest.name,
    ]
    assert names(dumps, ".keys.tar") == ["sakina-20260103T000000Z-old.keys.tar"]
    assert mine.exists()
    assert not (dumps.folder / ".part.dump").exists()


def names(dumps: Dumps, kind: str) -> list[str]:
    return [file.name for file in dumps.files(kind)]


def test_no_dump_loses_its_keys_to_those_of_one_that_failed(dumps: Dumps) -> None:
    """Killed between its keys and its dump, one leaves the keys alone."""
    dumps.settings["SAKINA_BACKUP_KEEP"] = "3"
    dumps.folder.mkdir()
    for day in range(1, 7):
        for kind in ("keys.tar", "dump") if day < 4 else ("keys.tar",):
            (dumps.folder / f"sakina-2026010{day}T000000Z-old.{kind}").write_text("old")
    (dumps.folder / ".part.keys").write_text("of one that was killed")
    dumps.run("backup.sh", dumps.folder, "--keys", said=b"keys")
    kept = [name.removesuffix(".dump") for name in names(dumps, ".dump")]
    assert kept[:2] == ["sakina-20260102T000000Z-old", "sakina-20260103T000000Z-old"]
    assert names(dumps, ".keys.tar") == [f"{stem}.keys.tar" for stem in kept]
    assert len(kept) == 3
    assert not (dumps.folder / ".part.keys").exists()


def test_keys_stay_until_no_dump_is_restored_with_them(dumps: Dumps) -> None:
    """A schedule's dumps have none of their own: those of the one before serve them."""
    dumps.settings["SAKINA_BACKUP_KEEP"] = "2"
    dumps.folder.mkdir()
    of_the_first = dumps.folder / "sakina-20260101T000000Z-old.keys.tar"
    for kind in ("20260101T000000Z-old.keys.tar", *(f"2026010{n}T000000Z-old.dump" for n in "123")):
        (dumps.folder / f"sakina-{kind}").write_text("old")
    newest = dumps.dump()
    assert names(dumps, ".dump") == ["sakina-20260103T000000Z-old.dump", newest.name]
    assert dumps.files(".keys.tar") == [of_the_first]
    assert all(keys_beside(dump) == of_the_first for dump in dumps.files(".dump"))
    dumps.settings |= {"SAKINA_BACKUP_KEEP": "1", "SAKINA_RELEASE": "later"}
    dumps.run("backup.sh", dumps.folder, "--keys", said=b"keys")
    (dump,) = dumps.files(".dump")
    assert dumps.files(".keys.tar") == [keys_beside(dump)] != [of_the_first]


def test_a_dump_of_before_all_keys_is_restored_with_the_newest(tmp_path: Path) -> None:
    for name in ("2", "3"):
        (tmp_path / f"sakina-2026010{name}T000000Z-old.keys.tar.gpg").touch()
    assert keys_beside(tmp_path / "sakina-20260101T000000Z-old.dump") == max(tmp_path.iterdir())
    assert keys_beside(tmp_path / "nowhere" / "sakina-20260101T000000Z-old.dump") is None


def test_a_file_is_no_folder_of_dumps(dumps: Dumps) -> None:
    dumps.folder.write_text("mine")
    assert "is a file: name a folder" in dumps.refused("backup.sh", dumps.folder)


@pytest.mark.parametrize("keep", ["0", "-1", "many", ""])
def test_to_keep_none_is_refused(dumps: Dumps, keep: str) -> None:
    dumps.settings["SAKINA_BACKUP_KEEP"] = keep
    if keep:
        assert "SAKINA_BACKUP_KEEP is" in dumps.refused("backup.sh", dumps.folder)
    else:
        dumps.dump()


@pytest.mark.parametrize("key", ["", "short"])
def test_a_key_that_protects_nothing_is_refused(dumps: Dumps, tmp_path: Path, key: str) -> None:
    with_key(dumps, tmp_path, key)
    assert "fewer than 20 characters" in dumps.refused("backup.sh", dumps.folder)
    assert dumps.files() == []


def test_a_key_that_is_not_there_is_no_reason_to_do_without(dumps: Dumps, tmp_path: Path) -> None:
    dumps.settings["SAKINA_BACKUP_KEY_FILE"] = str(tmp_path / "forgotten")
    assert "cannot be read" in dumps.refused("backup.sh", dumps.folder)


def test_a_key_that_is_no_file_is_refused(dumps: Dumps, tmp_path: Path) -> None:
    dumps.settings["SAKINA_BACKUP_KEY_FILE"] = str(tmp_path)
    assert "is a folder: have SAKINA_BACKUP_KEY_FILE" in dumps.refused("backup.sh", dumps.folder)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    dumps.settings["SAKINA_BACKUP_KEY_FILE"] = str(pipe)
    assert "is no file, such as a pipe" in dumps.refused("backup.sh", dumps.folder)
    assert dumps.files() == []


def test_keys_go_with_the_dump_and_come_back(either: Dumps) -> None:
    either.run("backup.sh", either.folder, "--keys", said=b"a tar of keys")
    (keys,) = either.files(".keys.tar")
    assert (b"a tar" in keys.read_bytes()) == ("SAKINA_BACKUP_KEY_FILE" not in either.settings)
    assert keys_beside(either.files()[-1]) == keys
    assert either.run("keys.sh", keys) == "a tar of keys"


def healthy(dumps: Dumps) -> bool:
    return dumps.try_run("schedule.sh", dumps.folder, "healthy").returncode == 0


def test_a_schedule_says_when_the_newest_is_too_old(dumps: Dumps) -> None:
    dumps.settings["SAKINA_BACKUP_EVERY"] = "3600"
    assert not healthy(dumps)
    file = dumps.dump()
    assert healthy(dumps)
    hours = file.stat().st_mtime - 2 * 3600 - 60
    os.utime(file, (hours, hours))
    assert not healthy(dumps)


@contextmanager
def scheduled(dumps: Dumps) -> Iterator[None]:
    """Have a schedule run, which ends well when it is told to."""
    running = subprocess.Popen(
        ["bash", SCRIPTS / "schedule.sh", dumps.folder], env=dumps.environment
    )
    try:
        yield
        running.terminate()
        assert running.wait(10) == 0
    finally:
        running.kill()
        running.wait()


def test_a_schedule_makes_a_dump_at_once_where_there_is_none(dumps: Dumps) -> None:
    with scheduled(dumps):
        until((dumps.folder / ".began").exists, 60)
        assert healthy(dumps), "nobody waits for a long first dump to start everything else"
        until(dumps.files, 60)


def test_a_schedule_is_ill_once_a_dump_failed(dumps: Dumps, tmp_path: Path) -> None:
    with_key(dumps, tmp_path, "short")
    with scheduled(dumps):
        until((dumps.folder / ".failed").exists, 60)
        assert not healthy(dumps)


def test_a_running_system_is_not_restored_into(tmp_path: Path) -> None:
    home = Home(tmp_path / ".sakina")
    home.prepare()
    with home.locked(), pytest.raises(Problem, match="make down"):
        backups.restore(home, tmp_path / "sakina-x.dump")


def test_where_nothing_is_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="run make up first"):
        backups.back_up(Home(tmp_path / ".sakina"), tmp_path / "backups")
    assert list(tmp_path.iterdir()) == []


def test_a_dump_that_is_not_there_leaves_a_home_as_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path / ".sakina")
    with pytest.raises(Problem, match="does not exist; nothing was changed"):
        backups.restore(home, tmp_path / "sakina-x.dump")
    assert not home.publish_again.exists()


def prepared(folder: Path) -> Home:
    home = Home(folder)
    home.prepare()
    home.secrets()
    return home


def test_keys_of_one_home_serve_in_another(tmp_path: Path) -> None:
    old, new = prepared(tmp_path / "old"), prepared(tmp_path / "new")
    own = old.keys / "of the operator.pem"
    shutil.copy(next(old.keys.iterdir()), own)
    passwords = new.secrets().roles
    DumpKeys.read(DumpKeys.of(old).packed(), Path("keys.tar")).put_back(new)
    assert {file.name for file in old.keys.iterdir()} < {file.name for file in new.keys.iterdir()}
    assert new.secrets().fingerprint_key == old.secrets().fingerprint_key
    assert new.secrets().roles == passwords
    assert (new.keys / own.name).read_bytes() == own.read_bytes()
    for file in new.keys.iterdir():
        assert file.stat().st_mode & 0o077 == 0


def refused_beside(tar: bytes, folder: Path) -> str:
    """Return why a dump is not restored that has `tar` beside it, and see that nothing is done."""
    home = prepared(folder / f"home-{len(list(folder.iterdir()))}")
    (folder / "sakina-20260101T000000Z-local.keys.tar").write_bytes(tar)
    before = {file: file.stat().st_mtime_ns for file in home.folder.rglob("*")}
    with pytest.raises(Problem, match="Nothing was changed") as refused:
        backups.restore(home, folder / "sakina-20260101T000000Z-local.dump")
    assert {file: file.stat().st_mtime_ns for file in home.folder.rglob("*")} == before
    assert "\n" not in refused.value.sentence
    return refused.value.sentence


def test_keys_that_are_cut_anywhere_change_nothing(tmp_path: Path) -> None:
    whole = DumpKeys.of(prepared(tmp_path / "old")).packed()
    end = len(whole.rstrip(b"\0"))
    for left in (0, 1, 512, 600, end // 2, 1024, end - 1):
        assert "is cut or damaged (" in refused_beside(whole[:left], tmp_path)
    for damaged in (b"no tar at all" * 100, whole.replace(b"PRIVATE", b"\0\0\0\0\0\0\0")):
        assert "is cut or damaged (" in refused_beside(damaged, tmp_path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../outside.pem", tarfile.REGTYPE),
        ("keys/../../outside.pem", tarfile.REGTYPE),
        ("/outside.pem", tarfile.REGTYPE),
        ("keys/note.txt", tarfile.REGTYPE),
        ("secrets/signing/1.pem", tarfile.REGTYPE),
        ("keys", tarfile.DIRTYPE),
        ("keys/link.pem", tarfile.SYMTYPE),
        ("keys/link.pem", tarfile.LNKTYPE),
        ("keys/null.pem", tarfile.CHRTYPE),
        ("fingerprint_key", tarfile.FIFOTYPE),
    ],
)
def test_what_no_backup_put_into_a_tar_changes_nothing(
    tmp_path: Path, name: str, kind: bytes
) -> None:
    made = io.BytesIO(DumpKeys.of(prepared(tmp_path / "old")).packed())
    with tarfile.open(fileobj=made, mode="a") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    said = refused_beside(made.getvalue(), tmp_path)
    assert f"is not of make backup, since it holds '{name}'" in said
    assert not (tmp_path / "outside.pem").exists()


@pytest.mark.parametrize("keep", ["0", "many", "10000"])
def test_a_number_to_keep_is_refused_by_the_name_that_it_has(tmp_path: Path, keep: str) -> None:
    words = ["--home", tmp_path / "home", "backup", "--keep", keep]
    done = subprocess.run(
        [sys.executable, "-m", "sakina_local", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.strip() == f"KEEP is {keep}: give a number from 1 to 9999."


@pytest.mark.parametrize(
    "kept",
    [
        ".sakina/secrets.json",
        ".sakina.before/secrets.json",
        "mine/sakina-1.dump",
        "mine/sakina-1.dump.gpg",
        "mine/sakina-1.keys.tar",
        "mine/sakina-1.keys.tar.gpg",
    ],
)
def test_what_is_kept_or_moved_aside_is_in_no_commit(tmp_path: Path, kept: str) -> None:
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    asked = ["git", "-C", tmp_path, "check-ignore", "--quiet", kept]
    assert subprocess.run(asked, check=False).returncode == 0
