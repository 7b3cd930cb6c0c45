"""E-mail addresses: which texts are one (RFC 5321, 6531), and which two are the same account."""

import unicodedata

import email_validator
import idna
from email_validator import EmailNotValidError, validate_email

from contracts.characters import holds_invisible

# Nobody here sends mail to an address, so it need not be reachable from everywhere: offices have
# .local, and those who try things out .test. What is left is the form.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def checked(email: str) -> str:
    """Return `email` as it is.

    Raises:
        ValueError: It is no address, or one that looks like another.
    """
    if holds_invisible(email):
        raise ValueError("must not hold invisible characters; type it instead of pasting it")
    try:
        validate_email(email, check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise ValueError("must be an e-mail address such as name@example.com") from None
    return email


def email_key(email: str) -> str:
    """Return what is equal for two e-mails of one account, whatever was typed as one.

    Case makes no difference (Unicode's caseless match), nor does the way to write an
    international domain: the key holds its `xn--` form. What is no address has a key too.
    """
    local, at, domain = email.rpartition("@")
    return f"{_caseless(local)}{at}{_ascii(domain) if at else _caseless(domain)}"


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return _caseless(domain)


def _caseless(text: str) -> str:
    folded = unicodedata.normalize("NFD", text).casefold()
    return unicodedata.normalize("NFC", folded)
