"""Debian's packages `prometheus`, with `promtool`, and `prometheus-postgres-exporter`.

Both are for tests and for the drill alone: the system runs without them.
"""

import shutil

from sakina_local import debian_package
from sakina_local.progress import Progress

PROMETHEUS, PROMTOOL = "prometheus", "promtool"
POSTGRES_EXPORTER = "prometheus-postgres-exporter"
# Each program is called as its package is.
_PACKAGES = (PROMETHEUS, POSTGRES_EXPORTER)


def missing() -> str | None:
    """Return a sentence where one of them is not here, else None."""
    absent = _absent()
    if not absent:
        return None
    return (
        f"{' and '.join(absent)} are missing: install the packages to have the tests of "
        "dashboards and alerts too."
    )


def ensure(progress: Progress) -> None:
    """Install them unless they are here; where that is not allowed, their tests are left out."""
    if not debian_package.may_install():
        return
    for package in _absent():
        progress.say(f"installing {package}, which is missing …")
        debian_package.install(package)


def _absent() -> list[str]:
    return [package for package in _PACKAGES if not shutil.which(package)]
