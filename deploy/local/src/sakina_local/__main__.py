"""`python -m sakina_local`: the whole system on this machine, its tests and its checks."""

import argparse
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path

from sakina_local import (
    backups,
    chromium_package,
    consumer,
    marks,
    prometheus_package,
    rabbitmq_package,
)
from sakina_local.checks import run_checks
from sakina_local.command import carried_out
from sakina_local.home import Home
from sakina_local.locks import lock
from sakina_local.mutants import JOBS, run_mutants
from sakina_local.problems import Problem
from sakina_local.progress import Progress, plainly
from sakina_local.supervisor import Supervisor
from sakina_local.test_run import run_tests

STOP_SECONDS = 20
LEFTOVER_SECONDS = 10
OBSERVED = {"observability", "deploy/observability"}
"""How the tests that need a Prometheus may be named."""
BROWSER = {"browser", "tests/browser"}
"""How the tests that need a browser may be named."""


def main() -> int:
    """Do what the command line says; 0 when it was done."""
    parser = argparse.ArgumentParser(prog="python -m sakina_local", description=__doc__)
    parser.add_argument("--home", type=Path, help="folder of data, secrets and logs (.sakina)")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="start everything and stay until Ctrl-C")
    start.add_argument("--port", default="8000", help="the gateway's port")
    commands.add_parser("down", help="stop what up started")
    commands.add_parser("clean", help="stop it and remove its data")
    backup = commands.add_parser("backup", help="write a dump of the database, and its keys")
    backup.add_argument("--folder", type=Path, default=backups.FOLDER)
    backup.add_argument("--keep", help="how many dumps stay (SAKINA_BACKUP_KEEP, or 7)")
    restored = commands.add_parser("restore", help="put a dump in the place of an empty database")
    restored.add_argument("file", help="make restore FILE=backups/…")
    outside = commands.add_parser("consumer", help="let a consumer of events in, or out again")
    outside.add_argument("action", choices=consumer.ACTIONS)
    outside.add_argument("name", nargs="?", default="", help="the consumer's")
    outside.add_argument("topics", nargs="*", help="what it hears of: khatma.#")
    test = commands.add_parser("test", help="run the tests of every package")
    test.add_argument("package", nargs="*", help="only these, by their folders")
    check = commands.add_parser("check", help="lint, types, import rules, contracts, the API")
    check.add_argument("title", nargs="*", help="only these, by what make check calls them")
    mutants = commands.add_parser("mutants", help="plant faults, and see whether tests see them")
    mutants.add_argument("package", nargs="?", default="", help="only this one's faults")
    mutants.add_argument("--says", default="", help="only those in whose words this is")
    mutants.add_argument("--by", default="", help="only those that tests of this path must see")
    mutants.add_argument("--rest", action="store_true", help="only those not caught the last time")
    mutants.add_argument("--jobs", default=str(JOBS), help="so many at a time")
    mutants.add_argument("--write", action="store_true", help="put the score into docs/quality.md")
    pin = commands.add_parser("lock", help="pin what is installed")
    pin.add_argument("--upgrade", action="store_true", help="take the newest versions")
    asked = parser.parse_args()
    return carried_out(lambda: _do(asked))


def _do(asked: argparse.Namespace) -> bool:
    home = Home(asked.home.resolve()) if asked.home else Home()
    if asked.command == "up":
        up(home, _port(asked.port))
    elif asked.command == "down":
        down(home)
    elif asked.command == "clean":
        clean(home)
    elif asked.command == "backup":
        plainly(backups.back_up(home, asked.folder.resolve(), _keep(asked.keep)))
    elif asked.command == "restore":
        if not asked.file:
            raise Problem("Say which: make restore FILE=backups/sakina-….dump")
        plainly(backups.restore(home, Path(asked.file).resolve()))
    elif asked.command == "consumer":
        topics = [topic for words in asked.topics for topic in words.split()]
        consumer.act(home, asked.action, asked.name, topics)
    elif asked.command == "lock":
        lock(upgrade=asked.upgrade)
    elif asked.command == "test":
        _ensure_packages(asked.package)
        return run_tests(asked.package)
    elif asked.command == "mutants":
        rabbitmq_package.ensure(Progress())
        return run_mutants(
            asked.package,
            says=asked.says,
            by=asked.by,
            rest=asked.rest,
            jobs=_jobs(asked.jobs),
            write=asked.write,
        )
    else:
        rabbitmq_package.ensure(Progress())
        return run_checks(asked.title)
    return True


def _ensure_packages(only: list[str]) -> None:
    """Install what the tests of all packages, or of those named in `only`, need of Debian."""
    rabbitmq_package.ensure(Progress())
    if not only or BROWSER.intersection(only):
        chromium_package.ensure(Progress())
    if not only or OBSERVED.intersection(only):
        prometheus_package.ensure(Progress())


def up(home: Home, port: int) -> None:
    """Start the whole system and stay until it is stopped."""
    home.folder.mkdir(mode=0o711, exist_ok=True)
    home.refuse_anothers()
    with home.locked():
        _end_leftovers(home)
        home.prepare()
        Supervisor(home, port).run()


def down(home: Home) -> None:
    """Stop the system of this checkout, from another terminal."""
    holder = home.holder()
    if holder is None:
        left = marks.end(home.folder)
        plainly(f"ended {len(left)} processes that were left" if left else "nothing runs")
        return
    handle = os.pidfd_open(holder)
    try:
        if home.holder() == holder:  # still it, and not a stranger with its old number
            signal.pidfd_send_signal(handle, signal.SIGTERM)
    finally:
        os.close(handle)
    deadline = time.monotonic() + STOP_SECONDS
    while home.holder() == holder:
        if time.monotonic() > deadline:
            raise Problem(
                f"Process {holder} does not stop: end it with kill -9 {holder}, "
                "then run make down again to end what it leaves."
            )
        time.sleep(0.1)
    plainly("stopped")


def clean(home: Home) -> None:
    """Stop the system and remove everything that it keeps."""
    if home.holder() is not None:
        down(home)
    marks.end(home.folder)
    shutil.rmtree(home.folder, ignore_errors=True)
    plainly(f"removed {home.folder}")


def _end_leftovers(home: Home) -> None:
    """Wait for the children of a supervisor that was killed, which the kernel told to stop."""
    if not marks.marked(home.folder):
        return
    plainly("waiting for what an earlier run left to stop")
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while marks.marked(home.folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    if left := marks.end(home.folder):
        plainly(f"ended {len(left)} processes that an earlier run left")


def _jobs(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise Problem(f"JOBS is {text}: give a number from 1 on.")
    return int(text)


def _keep(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise Problem(f"KEEP is {text}: give a number from 1 to 9999.")
    return int(text)


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Problem(f"PORT is {text}: give a number from 1 to 65535.")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
