"""Under which licences the images are made, and the tools that make and test them.

A licence is what a package declares of itself: by an SPDX expression, else by its classifiers, else
by the field of its metadata that says it in words.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from license_expression import ExpressionError, Licensing

from sakina_local.checkout import ROOT
from sakina_supply import locks
from sakina_supply.problems import Problem

PAGE = Path("docs/licences.md")
NODE_LOCK = Path("deploy/clients/package-lock.json")

_SPOKEN = {
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "3-Clause BSD License": "BSD-3-Clause",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""What metadata says in words, as SPDX writes it where it can be said so exactly."""

_READ = {"httpntlm": "MIT", "kubernetes-validate": "Apache-2.0", "stack-trace": "MIT"}
"""What the licence itself says, in the packages of those that do not name it as others do."""

ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0"),
    *("ISC", "MIT", "MIT-0", "PSF-2.0", "Python-2.0", "Unlicense", "WTFPL"),
    # What must stay free is the library alone, and we change none of them.
    *("LGPL", "MPL-2.0"),
}
"""Who adds another one has read it."""


_HEAD = """\
# Licences

Written by `make docs` of what `requirements/` and `deploy/clients` pin, and of what each package
declares of itself. `make check` refuses a licence that is not among those allowed in
[sakina_supply](../deploy/supply/README.md): permissive ones, and the LGPL and the MPL, under which
the library itself must stay free and nothing else. `make sbom` says the same to programs.

Sakina's own packages are not listed, nor what base images hold, which their makers list.

## In the images

| package | licence | image |
|---|---|---|
"""
_BY_LICENCE = ["| licence | packages |", "|---|---|"]


def page(root: Path = ROOT) -> str:
    """Return docs/licences.md as it should be.

    Raises:
        Problem: A package that is pinned is not installed, or says nothing of its licence.
    """
    images = locks.images(root)
    lines = _HEAD.splitlines()
    besides = {}
    for name, places in sorted(_used(root).items()):
        if inside := [place for place in places if place in images]:
            lines.append(f"| {name} | {of(name)} | {', '.join(inside)} |")
        else:
            besides[name] = of(name)
    lines += ["", "## For development, tests and building alone", "", *_BY_LICENCE]
    lines += _by_licence(besides)
    lines += ["", "## Node.js packages, for tests alone", "", *_BY_LICENCE]
    lines += _by_licence(_of_node(root))
    return "\n".join(lines) + "\n"


def forbidden(root: Path = ROOT) -> list[str]:
    """Return a line for each package whose licence is not allowed."""
    of_each = {name: of(name) for name in _used(root)} | _of_node(root)
    return [
        f"{name} is under {licence}, which is not allowed: take another package, or read the "
        "licence and allow it in deploy/supply/src/sakina_supply/licences.py."
        for name, licence in sorted(of_each.items())
        if not allowed(licence)
    ]


def allowed(licence: str) -> bool:
    """Return whether an SPDX expression can be kept to: of `OR` one suffices, of `AND` all must."""
    licensing = Licensing()

    def kept(term: Any) -> bool:
        if isinstance(term, licensing.OR):
            return any(map(kept, term.args))
        if isinstance(term, licensing.AND):
            return all(map(kept, term.args))
        return str(term) in ALLOWED

    try:
        return kept(licensing.parse(licence))
    except ExpressionError:
        return False


def of(name: str) -> str:
    """Return the licence that the installed package `name` declares.

    Raises:
        Problem: It is not installed, or declares none.
    """
    if name in _READ:
        return _READ[name]
    try:
        declared = metadata.distribution(name).metadata
    except metadata.PackageNotFoundError:
        raise Problem(f"{name} is pinned and not installed: run make install.") from None
    if "License-Expression" in declared:
        return declared["License-Expression"]
    classified = [
        _spoken(line.rpartition(" :: ")[2])
        for line in declared.get_all("Classifier") or []
        if line.startswith("License :: ") and not line.endswith(":: OSI Approved")
    ]
    if classified:
        return " OR ".join(dict.fromkeys(classified))
    if "License" in declared and (words := declared["License"].strip()):
        return _spoken(words.splitlines()[0])
    raise Problem(f"{name} declares no licence: look into it, and take another one if it has none.")


def _spoken(words: str) -> str:
    return _SPOKEN.get(words, words)


def _used(root: Path) -> dict[str, list[str]]:
    """Return each package that is pinned, with the lock files that do, in their order."""
    used = defaultdict(list)
    for lock in [*locks.images(root), locks.BUILD, locks.DEVELOPMENT]:
        for package in locks.pinned(lock, root):
            used[package.name].append(lock)
    return used


def _of_node(root: Path) -> dict[str, str]:
    listed = json.loads((root / NODE_LOCK).read_text())["packages"]
    named = {where.rpartition("node_modules/")[2]: each for where, each in listed.items() if where}
    return {
        name: str(each.get("license") or _READ.get(name, "no licence that it names"))
        for name, each in named.items()
    }


def _by_licence(of_each: Mapping[str, str]) -> list[str]:
    by = defaultdict(list)
    for name, licence in sorted(of_each.items()):
        by[licence].append(name)
    return [f"| {licence} | {', '.join(names)} |" for licence, names in sorted(by.items())]
