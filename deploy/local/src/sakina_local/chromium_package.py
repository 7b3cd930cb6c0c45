"""Debian's Chromium without a window, which the browser's tests drive."""

import shutil

from sakina_local import debian_package
from sakina_local.progress import Progress

_PACKAGE = "chromium-headless-shell"
"""It spares what a window is made of: a quarter of what the tests cost by the whole Chromium."""
_PROGRAMS = (_PACKAGE, "chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """Return the path of a Chromium that this machine has."""
    return next(filter(None, map(shutil.which, _PROGRAMS)), None)


def missing() -> str | None:
    """Return a sentence where there is no Chromium, else None."""
    if program():
        return None
    return f"Chromium is missing: install the package {_PACKAGE} to have the browser's tests too."


def ensure(progress: Progress) -> None:
    """Install Chromium unless it is here; where that is not allowed, its tests are left out."""
    if program() or not debian_package.may_install():
        return
    progress.say(f"installing {_PACKAGE}, which is missing …")
    debian_package.install(_PACKAGE)
