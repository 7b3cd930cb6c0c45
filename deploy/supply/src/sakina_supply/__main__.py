"""`python -m sakina_supply`: base images by digest, bills of materials, licences, known holes."""

import argparse
import sys
from functools import partial
from pathlib import Path

from sakina_supply import audit, base_images, licences, registry
from sakina_local.checkout import ROOT
from sakina_supply.problems import NotReached, Problem

SKIPPED = 77
"""The exit status of what could not be found out, by the convention of Automake's test drivers."""


def main() -> int:
    """Do what the command line says; 0 when all is well, 77 when nobody could be asked."""
    said = _parser().parse_args()
    try:
        return 0 if said.do(said) else 1
    except NotReached as problem:
        _say(problem.sentence)
        return SKIPPED
    except Problem as problem:
        _say(problem.sentence)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sakina_supply", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    pin = commands.add_parser("pin", help="ask registries for the digest of each base image")
    pin.add_argument("--mirror", help="the URL of a registry to ask in place of the images' own")
    pin.set_defaults(do=_pin)
    images = commands.add_parser("images", help="say whether files and lock name the same images")
    images.set_defaults(do=_images)
    sbom = commands.add_parser("sbom", help="write a bill of materials for each image")
    sbom.add_argument("--folder", type=Path, default=ROOT / "build" / "sbom")
    sbom.set_defaults(do=_sbom)
    listed = commands.add_parser("licences", help="print docs/licences.md")
    listed.add_argument(
        "--check", action="store_true", help="say whether it is so, and all allowed"
    )
    listed.set_defaults(do=_licences)
    known = commands.add_parser("audit", help="ask for known holes in what is pinned")
    known.set_defaults(do=_audit)
    return parser


def _pin(said: argparse.Namespace) -> bool:
    changed = base_images.pin(partial(registry.digest, mirror=said.mirror))
    _say("\n".join(changed) or "every base image is what its lock says")
    return True


def _images(_: argparse.Namespace) -> bool:
    astray = base_images.astray()
    open_ones = [tagged for tagged, image in base_images.locked().items() if not image.digest]
    if open_ones:
        _say(
            f"unpinned, by their tags alone: {', '.join(open_ones)}. Run make pin where it answers."
        )
    _say("\n".join(astray))
    return not astray


def _sbom(said: argparse.Namespace) -> bool:
    from sakina_supply import bills  # noqa: PLC0415 - takes seconds, which the others need not wait

    for file in bills.write(said.folder):
        _say(str(file))
    return True


def _licences(said: argparse.Namespace) -> bool:
    made = licences.page()
    if not said.check:
        sys.stdout.write(made)
        return True
    wrong = licences.forbidden()
    if (ROOT / licences.PAGE).read_text() != made:
        wrong.append(f"{licences.PAGE} is not what is pinned: run make docs.")
    _say("\n".join(wrong))
    return not wrong


def _audit(_: argparse.Namespace) -> bool:
    found = audit.holes()
    _say("\n".join(found))
    return not found


def _say(text: str) -> None:
    if text:
        sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
