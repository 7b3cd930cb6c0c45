"""Which characters a password may hold: RFC 8265's OpaqueString, as precis-i18n knows it."""

from precis_i18n import get_profile

_PROFILE = get_profile("OpaqueString")


def is_opaque(password: str) -> bool:
    """Tell whether every character of `password` is one that its owner can see and type again."""
    try:
        _PROFILE.enforce(password)
    except UnicodeEncodeError:
        return False
    return True
