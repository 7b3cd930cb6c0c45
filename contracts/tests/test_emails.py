"""Which texts are e-mail addresses, and which addresses are one account."""

import json
import unicodedata
from pathlib import Path

import email_validator
import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.auth.methods import FindByEmail, LogIn, Register
from contracts.emails import email_key

ISEMAIL = json.loads((Path(__file__).parent / "data" / "isemail.json").read_text())["addresses"]
# What the set calls valid, or valid but for a name server that knows it not.
VALID = {"valid", "dnsWarnNoRecord", "dnsWarnNoMXRecord"}
# Valid in theory: a mailbox of a top-level domain.
DOTLESS = {"test@io"}
# No address to the set, which sees the white space of a header; one here, without the space.
SPACED = {" test@iana.org", "test@iana.org "}
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e"
    "\u2060\u2062\u2066\u2069\u206a\u2800\u3164\ufe00\ufe0f\ufeff\uffa0\ufff9\U000e0020\U000e0100"
)
SPACES = " \u00a0\u1680\u2000\u2003\u200a\u202f\u205f\u3000"


def taken(email: str) -> str:
    return Register(email=email, password="quiet-river-29").email


def refused(email: str) -> bool:
    try:
        taken(email)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(("address", "verdict"), ISEMAIL)
def test_the_isemail_set(address: str, verdict: str) -> None:
    valid = address in SPACED or (verdict in VALID and address not in DOTLESS)
    assert refused(address) is not valid


@pytest.mark.parametrize("invisible", INVISIBLE)
def test_an_address_has_no_twin_that_looks_the_same(invisible: str) -> None:
    for twin in (
        f"{invisible}layla@example.com",
        f"lay{invisible}la@example.com",
        f"layla{invisible}@example.com",
        f"layla@{invisible}example.com",
        f"layla@exa{invisible}mple.com",
        f"layla@example.com{invisible}",
    ):
        assert refused(twin), ascii(twin)


@pytest.mark.parametrize("space", SPACES)
def test_spaces_around_an_address_are_no_part_of_it(space: str) -> None:
    typed = f"{space}layla@example.com{space}{space}"
    assert taken(typed) == "layla@example.com"
    assert LogIn(email=typed, password="x").email == "layla@example.com"
    assert FindByEmail(email=typed).email == "layla@example.com"
    assert refused(f"lay{space}la@example.com")


@pytest.mark.parametrize("line", ["\n", "\r\n", "\t", "\u2028", "\x00"])
def test_what_is_no_space_is_not_trimmed(line: str) -> None:
    assert refused(f"layla@example.com{line}")


@pytest.mark.parametrize(
    "address",
    [
        "user@bücher.example",
        "user@xn--bcher-kva.example",
        "user@مثال.إختبار",
        "ليلى@مثال.إختبار",
        "δοκιμή@παράδειγμα.δοκιμή",
        "用户@例子.广告",
        "user@münchen.test",
        "user@office.local",
        "jose\u0301@example.com",
        "o'brien+sakina@sub.example.co.uk",
        "Layla.Hassan@Example.COM",
        "x" * 64 + "@example.com",
    ],
)
def test_an_address_of_any_script_is_taken_as_it_was_written(address: str) -> None:
    assert taken(address) == address


@pytest.mark.parametrize(
    "address",
    [
        ".layla@example.com",
        "layla.@example.com",
        "lay..la@example.com",
        "layla@.example.com",
        "layla@example..com",
        "layla@example.com.",
        "layla@-example.com",
        "layla@example-.com",
        "layla@example",
        "layla@localhost",
        "layla@192.0.2.1",
        "layla@[192.0.2.1]",
        "layla@xn--a.example",
        "layla@exa_mple.com",
        "layla@☕.example",
        "layla＠example.com",
        "Layla <layla@example.com>",
        '"lay la"@example.com',
        "x" * 65 + "@example.com",
        "layla@" + "x" * 64 + ".com",
        "layla@" + "x." * 130 + "com",
        "layla@" + "ü." * 100 + "com",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert refused(address)


@pytest.mark.parametrize(
    "twin",
    [
        "USER@BÜCHER.EXAMPLE",
        "user@bu\u0308cher.example",
        "user@xn--bcher-kva.example",
        "User@XN--BCHER-KVA.example",
        "user@ｂücher.example",
        "user@bücher。example",
    ],
)
def test_the_ways_to_write_a_domain_are_one_account(twin: str) -> None:
    assert email_key(twin) == email_key("user@bücher.example") == "user@xn--bcher-kva.example"
    assert not refused(twin)


@pytest.mark.parametrize(
    ("email", "key"),
    [
        (".lay..la.@-example-.com", ".lay..la.@-example-.com"),
        ("\u200bLayla@Example.com", "\u200blayla@example.com"),
        ("layla@XN--A.example", "layla@xn--a.example"),
        ("STRASSE\u0301@example.com", "strass\u00e9@example.com"),
        ("Straße@example.com", "strasse@example.com"),
    ],
)
def test_the_keys_of_accounts_from_before_are_what_they_were(email: str, key: str) -> None:
    assert email_key(email) == key


LOCAL = st.text(
    st.characters(exclude_categories=["Z", "Cc", "Cs"], exclude_characters='"(),:;<>@[]\\'),
    min_size=1,
    max_size=64,
)
DOMAIN = st.from_regex(r"[A-Za-z0-9-]{1,20}(\.[A-Za-z0-9-]{1,20}){1,3}", fullmatch=True)


@given(LOCAL, DOMAIN)
def test_the_key_of_a_domain_in_ascii_is_the_caseless_address(local: str, domain: str) -> None:
    email = f"{local}@{domain}"
    caseless = unicodedata.normalize("NFC", unicodedata.normalize("NFD", email).casefold())
    assert email_key(email) == caseless


@given(st.text(max_size=80))
def test_whatever_was_typed_has_a_key(typed: str) -> None:
    assert isinstance(email_key(typed), str)


DOMAIN_OF_ANY_SCRIPT = st.text("abcXYZ09-.üÜßéİςδДدابيتन例子ｂ。\u0308\u200c", max_size=12)


@given(LOCAL, DOMAIN_OF_ANY_SCRIPT.map(lambda name: f"{name}.example"))
def test_what_is_taken_stays_taken_and_has_one_key(local: str, domain: str) -> None:
    try:
        email = taken(f"{local}@{domain}")
    except ValidationError:
        return
    assert taken(email) == email
    key = email_key(email)
    assert email_key(key) == key
    host = key.rpartition("@")[2]
    if "\u200c" in idna.decode(host):  # the library knows no joiners
        assert host == idna.encode(email.rpartition("@")[2], uts46=True).decode()
    else:
        found = email_validator.validate_email(email, check_deliverability=False)
        assert host == found.ascii_domain


@pytest.mark.parametrize("invisible", INVISIBLE)
def test_what_is_invisible_in_a_domain_is_not_passed_over(invisible: str) -> None:
    """Else it would be let in by one half of the address, and refused in the other."""
    for typed in (f"layla@exam{invisible}ple.com", f"layla@example.com{invisible}"):
        assert email_key(typed) != email_key("layla@example.com")


# A word of Persian, and one of Sinhala, that need a joiner: RFC 5892, appendix A.1 and A.2.
JOINED = [
    ("x@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com", "x@xn--mgba3gch31f060k.com"),
    ("x@\u0dc1\u0dca\u200d\u0dbb\u0dd3.com", "x@xn--10cl1a0b660p.com"),
]


@pytest.mark.parametrize(("written", "encoded"), JOINED)
def test_a_domain_may_hold_the_joiners_that_its_script_needs(written: str, encoded: str) -> None:
    assert taken(written) == written
    assert taken(encoded) == encoded
    assert email_key(written) == email_key(encoded) == encoded
    local, _, domain = written.partition("@")
    for wrong in (
        written.replace("@", "\u200c@"),
        f"{local}@\u200c{domain}",
        f"{local}@{domain}\u200c",
        f"{local}@\u200b{domain}",
        f"{local}@a\u200cb.{domain}",
    ):
        assert refused(wrong), ascii(wrong)
