"""As whom PostgreSQL runs, since it refuses to run as root."""

import functools
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sakina_local.problems import Problem

# Inside the namespace this is an ordinary user, who outside reaches whatever root does:
# no permission of any folder is opened for it.
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
# Where a folder on the way is closed to others, as root's home is: nobody, who passes through
# folders as root does, and has no other power of root's.
NOBODY_WHO_PASSES = (
    *NOBODY,
    *(f"--{which}-caps=-all,+dac_override" for which in ("inh", "ambient")),
    "--bounding-set=-all,+dac_override",
    "--securebits=+no_setuid_fixup",  # or access(2), which initdb asks, forgets the power
)


def launcher(folder: Path, program: Path) -> list[str]:
    """Return the prefix of a command that runs `program` on `folder` as no root.

    Args:
        folder: The server's folder; given to `nobody` where root has no other way.
        program: What will run.

    Raises:
        Problem: Root may not make a namespace, and `nobody` cannot reach what it needs.
    """
    if os.geteuid() != 0:
        return []
    if namespaces_allowed():
        return [*NAMESPACE]
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    for account in (NOBODY, NOBODY_WHO_PASSES):
        if _reaches(account, folder, program):
            return [*account, "--"]
    raise Problem(
        "PostgreSQL does not run as root, user namespaces are not allowed here, and the "
        f"user nobody cannot reach {folder} and {program}: run make as an ordinary user, or "
        "from a checkout in a folder that everybody may enter."
    )


@functools.cache
def namespaces_allowed() -> bool:
    """Return whether the kernel lets this process make a user namespace."""
    if not shutil.which(NAMESPACE[0]):
        return False
    tried = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False)  # noqa: S603
    return tried.returncode == 0


def _reaches(account: Sequence[str], folder: Path, program: Path) -> bool:
    # Done, not asked of access(2), which answers without the capabilities of who is no root.
    enter_and_run = 'cd "$0" && exec "$1" --version'
    tried = subprocess.run(  # noqa: S603
        [*account, "--", "/bin/sh", "-c", enter_and_run, str(folder), str(program)],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0
