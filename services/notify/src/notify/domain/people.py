"""How a person is named to others."""

A_MEMBER = "A member"
A_FORMER_MEMBER = "A former member"


def known_name(username: str | None, fullname: str | None) -> str | None:
    """Return the full name, the username where there is none, or None for a person not known."""
    return fullname or username or None


def name_for_others(name: str | None, *, gone: bool) -> str:
    """Return how others read of a person whose name may not be known yet, or no longer is."""
    if gone:
        return A_FORMER_MEMBER
    return name or A_MEMBER
