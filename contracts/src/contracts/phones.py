"""Phones as they are kept: in ASCII, whatever keyboard or page they come from."""

import unicodedata


def dialled(phone: str) -> str:
    """Return `phone` with the digits, spaces and hyphens of any script in ASCII.

    Invisible characters, such as the marks of direction that phones copy with a number, and
    spaces around it are left out. A text of nothing else comes back as it is, and so does one with
    a number that is no digit, such as ² and ①, of which NFKC would make one.
    """
    if any(unicodedata.category(char) == "No" for char in phone):
        return phone
    # NFKC turns the wide forms of East Asian keyboards into ASCII.
    written = "".join(map(_ascii, unicodedata.normalize("NFKC", phone))).strip()
    return written or phone


def _ascii(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    match unicodedata.category(char):
        case "Cf":
            return ""
        case "Zs":
            return " "
        case "Pd":
            return "-"
    return "-" if char == "\N{MINUS SIGN}" else char
