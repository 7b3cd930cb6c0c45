"""When two usernames are the same, and which one is made up."""

from collections.abc import Callable

# Without the letters and digits that are taken for one another: the name may be read aloud.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def username_key(username: str) -> str:
    """Return what is equal for two usernames, which are ASCII, that differ in case only."""
    return username.lower()


def reader_name(choose: Callable[[str], str]) -> str:
    """Return a username that says nothing of its owner.

    Args:
        choose: Picks one character of a string at random.
    """
    return "reader-" + "".join(choose(_LETTERS) for _ in range(6))
