"""The commands of the stack: `python -m sakina_stack --help`."""

import argparse
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from signal import SIGHUP, SIGTERM, default_int_handler, signal
from urllib.parse import urlsplit

from sakina_stack import backups, certificate, consumers, rolling, secret_files, swarm_stack
from sakina_stack.broker_control import ContainedControl
from sakina_stack.problems import Problem

DEPLOY = Path(__file__).parents[3]


def main() -> int:
    """Do what the command line says; return its exit status."""
    said = _parser().parse_args()
    try:
        said.do(said)
    except Problem as problem:
        print(problem.sentence, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sakina_stack", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_secrets(commands)

    outside = commands.add_parser("consumer", help="let a consumer of events in, or out again")
    outside.add_argument("action", choices=consumers.ACTIONS)
    outside.add_argument("name", nargs="?", default="", help="the consumer's")
    outside.add_argument("topics", nargs="*", help="what it hears of: khatma.#")
    outside.set_defaults(do=_consumer)

    check = commands.add_parser("certificate", help="say whether a certificate can serve")
    check.add_argument("certificate", type=Path)
    check.add_argument("key", type=Path)
    check.add_argument("public_url")
    check.set_defaults(do=_certificate)

    roll = commands.add_parser("roll", help="replace running containers, one service at a time")
    roll.add_argument("service", nargs="*", help=f"of {', '.join(rolling.ORDER)}; all by default")
    roll.add_argument("--back", action="store_true", help="to an older release: gateway first")
    roll.add_argument(
        "--patience", type=int, default=rolling.PATIENCE_SECONDS, help="seconds for each service"
    )
    roll.set_defaults(do=_roll)

    _add_dumps(commands)
    swarm = commands.add_parser("swarm", help="print the stack for `docker stack deploy`")
    swarm.set_defaults(do=_swarm)
    return parser


def _add_secrets(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    new = commands.add_parser("secrets", help="write deploy/.env and deploy/secrets")
    new.add_argument("--environment", type=Path, default=DEPLOY / ".env")
    new.add_argument("--port", type=int, default=8080)
    new.add_argument("--folder", type=Path, default=DEPLOY / "secrets")
    new.set_defaults(do=_secrets)

    rotate = commands.add_parser("rotate", help="write new passwords or keys")
    rotate.add_argument("what", choices=["passwords", "signing-key", "fingerprint-key"])
    rotate.add_argument("--folder", type=Path, default=_folder())
    rotate.set_defaults(do=_rotate)

    retire = commands.add_parser("retire", help="remove every signing key but the newest")
    retire.add_argument("--at-once", action="store_true", help="although tokens of theirs live")
    retire.add_argument("--folder", type=Path, default=_folder())
    retire.set_defaults(do=_retire)


def _add_dumps(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    backup = commands.add_parser("backup", help="write a dump now, and the secrets beside it")
    backup.add_argument("--environment", type=Path, default=_environment())
    backup.add_argument("--folder", type=Path, default=_folder())
    backup.set_defaults(do=_backup)

    restored = commands.add_parser("restore", help="put a dump in the place of an empty database")
    which = restored.add_mutually_exclusive_group(required=True)
    which.add_argument("dump", type=Path, nargs="?", help="a file of the folder of dumps")
    which.add_argument("--to", metavar="MOMENT", help="of the archive: 2026-11-26 20:15:00+00")
    restored.set_defaults(do=_restore)

    again = commands.add_parser("republish", help="publish the events of the last day once more")
    again.set_defaults(do=_republish)


def _folder() -> Path:
    """Return the folder of secrets that the stack reads."""
    return DEPLOY / _setting("SAKINA_SECRETS", "secrets")


def _environment() -> Path:
    """Return the file that says what the stack is told, as Compose looks for it."""
    return Path(os.environ.get("COMPOSE_ENV_FILES", DEPLOY / ".env"))


def _access() -> timedelta:
    """Return how long access tokens of the stack are good, an hour unless it is said."""
    return timedelta(seconds=int(_setting("SAKINA_ACCESS_SECONDS", "3600")))


def _setting(name: str, otherwise: str) -> str:
    """Return what the stack is told, by deploy/.env or by a variable of the environment."""
    file = _environment()
    lines = file.read_text().splitlines() if file.exists() else []
    said = dict(line.partition("=")[::2] for line in lines if "=" in line)
    return (said | os.environ).get(name, otherwise)


def _secrets(said: argparse.Namespace) -> None:
    secret_files.create(said.environment, said.folder, said.port)
    _say(f"wrote {said.environment} and {said.folder}: keep both, and a copy in a safe place.")


def _rotate(said: argparse.Namespace) -> None:
    if said.what == "passwords":
        secret_files.write_passwords(said.folder)
        _say("new passwords: apply them as Rotation in docs/operations.md says.")
    elif said.what == "fingerprint-key":
        secret_files.write_fingerprint_key(said.folder)
        _say("a new key of fingerprints: the gateway takes it once rolled.")
    else:
        _say(f"added {secret_files.add_signing_key(said.folder)}: auth signs with it once rolled.")


def _retire(said: argparse.Namespace) -> None:
    starts = None if said.at_once else rolling.started_at(_compose(), "auth")
    removed = secret_files.retire_signing_keys(said.folder, starts, _access())
    _say(f"removed: {', '.join(removed) or 'nothing'}")


def _certificate(said: argparse.Namespace) -> None:
    certificate.check(said.certificate, said.key, said.public_url)
    _say(f"certificate: fit for {said.public_url}")


def _consumer(said: argparse.Namespace) -> None:
    own = urlsplit(_setting("SAKINA_PUBLIC_URL", "")).hostname or "localhost"
    host = _setting("SAKINA_CONSUMERS_HOST", own)
    port = _setting("SAKINA_CONSUMERS_PORT", "5671")
    known = consumers.Consumers(ContainedControl(_compose()))
    told = consumers.act(
        known,
        said.action,
        said.name,
        said.topics,
        url=lambda name, password: f"amqps://{name}:{password}@{host}:{port}/{known.vhost}",
    )
    _say(told)


def _roll(said: argparse.Namespace) -> None:
    unknown = set(said.service) - set(rolling.ORDER)
    if unknown:
        raise Problem(f"no such service: {', '.join(sorted(unknown))}")
    for each in (SIGTERM, SIGHUP):
        signal(each, default_int_handler)  # a lost terminal ends it as Ctrl-C does
    order = rolling.ORDER[::-1] if said.back else rolling.ORDER
    rolling.roll(_compose(), said.service or order, said.patience)


def _backup(said: argparse.Namespace) -> None:
    backups.back_up(_compose(), said.environment, said.folder)


def _restore(said: argparse.Namespace) -> None:
    if said.to:
        backups.restore_to(_compose(), said.to)
    else:
        backups.restore(_compose(), said.dump, DEPLOY / _setting("SAKINA_BACKUPS", "backups"))
    _say(f"restored: {said.to or said.dump.name}")


def _swarm(said: argparse.Namespace) -> None:
    _say(json.dumps(swarm_stack.stack(rolling.described(_compose())), indent=2))


def _republish(_: argparse.Namespace) -> None:
    backups.publish_again(_compose())


def _compose() -> tuple[str, ...]:
    # Which stack, Compose itself is told by COMPOSE_FILE, COMPOSE_PROJECT_NAME and the like.
    os.environ.setdefault("COMPOSE_FILE", str(DEPLOY / "docker-compose.yml"))
    return ("docker", "compose")


def _say(line: str) -> None:
    print(line)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
