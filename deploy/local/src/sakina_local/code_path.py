"""Where a RabbitMQ node looks for its code: in as few folders as it needs.

Erlang 25 looks for each module in one folder after the other, and a node loads a thousand. Debian's
RabbitMQ puts seventy plugins in front, most of which nobody has enabled, and Erlang's own libraries
behind them: half of the work of a start was opening files that are not there.
"""

import re
from collections.abc import Iterable
from pathlib import Path

SERVERS = Path("/usr/lib/rabbitmq/lib")
ERLANG = Path("/usr/lib/erlang/lib")
_NEEDED = re.compile(r"\{(?:included_)?applications,\s*\[([^]]*)]")


def link_plugins(folder: Path, enabled: Iterable[str]) -> None:
    """Make `folder` hold links to RabbitMQ itself, to `enabled` and to what these need, no more.

    It stays empty where this machine's plugins are archives, which nobody looks into here.
    """
    folder.mkdir(exist_ok=True)
    for link in folder.iterdir():
        link.unlink()
    for home in _needed(["rabbit", *enabled]):
        (folder / home.name).symlink_to(home)


def plugins_setting(folder: Path) -> dict[str, str]:
    """Return the setting by which RabbitMQ looks into `folder` for plugins, if it holds any."""
    return {"PLUGINS_DIR": str(folder)} if any(folder.glob("rabbit-*")) else {}


def erlang_first() -> str:
    """Return the option by which Erlang looks into its own libraries before plugins."""
    return " ".join(f"-pa {modules}" for modules in sorted(ERLANG.glob("*/ebin"), reverse=True))


def _needed(applications: list[str]) -> list[Path]:
    """Return the folders of `applications` and of all that they name, Erlang's own left out."""
    known = {home.name.rpartition("-")[0]: home for home in SERVERS.glob("*/plugins/*-*/")}
    found: dict[str, Path] = {}
    while applications:
        name = applications.pop()
        if name in known and name not in found:
            found[name] = known[name]
            said = (known[name] / "ebin" / f"{name}.app").read_text()
            applications += re.findall(r"\w+", " ".join(_NEEDED.findall(said)))
    return list(found.values())
