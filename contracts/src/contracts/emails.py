"""E-mail addresses: which texts are one (RFC 5321, 6531), and which two are the same account."""

import unicodedata

import email_validator
import idna
from email_validator import EmailNotValidError, validate_email

from contracts.characters import holds_invisible

# A text that shapes its letters by their neighbours parts or joins them by these (RFC 5892, A.1-2).
_JOINERS = str.maketrans("", "", "\u200c\u200d")
_LONGEST = 254
HIDING = "must not hold invisible characters; type it instead of pasting it"

# Nobody here sends mail to an address, so it need not be reachable from everywhere: offices have
# .local, and those who try things out .test. What is left is the form.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def checked(email: str) -> str:
    """Return `email` as it is.

    Raises:
        ValueError: It is no address, or one that looks like another.
    """
    if hides(email):
        raise ValueError(HIDING)
    local, at, domain = email.rpartition("@")
    try:
        if (plain := _unjoined(domain)) != domain and len(email_key(email)) > _LONGEST:
            raise EmailNotValidError
        # The library knows no joiners; their place was checked.
        validate_email(f"{local}{at}{plain}", check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise ValueError("must be an e-mail address such as name@example.com") from None
    return email


def hides(email: str) -> bool:
    """Tell whether `email` holds what nobody sees, but for the joiners that its domain needs."""
    local, at, domain = email.rpartition("@")
    return holds_invisible(f"{local}{at}{_unjoined(domain)}")


def email_key(email: str) -> str:
    """Return what is equal for two e-mails of one account, whatever was typed as one.

    Case makes no difference (Unicode's caseless match), nor does the way to write an
    international domain: the key holds its `xn--` form. What is no address has a key too.
    """
    local, at, domain = email.rpartition("@")
    return f"{_caseless(local)}{at}{_ascii(domain) if at else _caseless(domain)}"


def _unjoined(domain: str) -> str:
    """Return `domain` without joiners where IDNA 2008 allows each of them; else as it came.

    Where it is written in `xn--` form and holds none, it comes back as it came too.
    """
    if not domain.isascii():
        plain = domain.translate(_JOINERS)
        if plain == domain or holds_invisible(plain):
            return domain
    elif "xn--" not in domain.lower():
        return domain
    try:
        written = idna.decode(idna.encode(domain, uts46=True))
    except (idna.IDNAError, UnicodeError):
        return domain
    plain = written.translate(_JOINERS)
    return domain if plain == written else plain


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    if holds_invisible(_unjoined(domain)):
        # The encoding would pass over some of these, and let in who was never registered so.
        return _caseless(domain)
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return _caseless(domain)


def _caseless(text: str) -> str:
    folded = unicodedata.normalize("NFD", text).casefold()
    return unicodedata.normalize("NFC", folded)
