"""Where a webhook may lead."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.domain.addresses import BadUrl, is_public, literal, may_lead_to, parted, port_of

FORBIDDEN = [
    *("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255"),
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255"),
    *("169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "192.88.99.1"),
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("100::1", "3fff::1", "5f00::1", "2001::1", "2001:20::1", "2002:7f00:1::", "4000::1"),
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "2606:4700::1%eth0"),
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]


@pytest.mark.parametrize("text", FORBIDDEN)
def test_what_is_not_public_is_forbidden(text: str) -> None:
    assert not is_public(ip_address(text))
    assert not may_lead_to(ip_address(text), loopback=False)


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_public_is_allowed(text: str) -> None:
    assert is_public(ip_address(text))
    assert may_lead_to(ip_address(text), loopback=False)


@pytest.mark.parametrize("text", FORBIDDEN)
def test_a_development_system_allows_loopback_and_no_more(text: str) -> None:
    allowed = may_lead_to(ip_address(text), loopback=True)
    assert allowed == (text in ("127.0.0.1", "127.255.255.255", "::1"))


@given(st.ip_addresses())
def test_what_python_knows_not_to_be_global_is_never_public(
    address: IPv4Address | IPv6Address,
) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_in_ipv6_is_public(address: IPv4Address) -> None:
    number = int(address)
    for embedded in (
        0xFFFF << 32 | number,
        number,
        0xFFFF << 48 | number,
        0x0064_FF9B << 96 | number,
        0x2002 << 112 | number << 80,
        0x2001 << 112 | number,
    ):
        assert not is_public(IPv6Address(embedded))


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("https://example.com", 443),
        ("http://example.com/hooks?a=b", 80),
        ("HTTPS://Example.COM:8443/", 8443),
        ("http://example.com.:1024/", 1024),
        ("https://xn--mgbh0fb.example/", 443),
        ("http://8.8.8.8/", 80),
        ("http://[2606:4700::1111]:9000/", 9000),
        ("http://a_b.example/", 80),
        # An empty port is none (RFC 3986, section 3.2.3).
        ("http://example.com:/", 80),
        ("https://example.com:", 443),
        ("http://[2606:4700::1111]:/", 80),
    ],
)
def test_a_url_of_http_is_taken_apart(url: str, port: int) -> None:
    assert port_of(parted(url)) == port


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/", "begin with"),
        ("file:///etc/passwd", "begin with"),
        ("gopher://example.com:80/", "begin with"),
        ("//example.com/", "begin with"),
        ("example.com/hooks", "begin with"),
        ("https:example.com", "begin with"),
        ("https:/example.com", "begin with"),
        ("javascript:alert(1)", "begin with"),
        ("https://layla:secret@example.com/", "credentials"),
        ("https://layla@example.com/", "credentials"),
        ("https://@example.com/", "credentials"),
        ("https://example.com/#part", "fragment"),
        ("https://example.com/#", "fragment"),
        ("https://example.com:22/", "port"),
        ("https://example.com:25/", "port"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "URL"),
        ("https://example.com:x/", "URL"),
        ("https://[::1/", "URL"),
        ("https:///hooks", "host"),
        ("https://exa mple.com/", "ASCII"),
        ("https://example.com/\r\nX: y", "ASCII"),
        ("https://example.com\\@10.0.0.1/", "ASCII"),
        ("https://مثال.example/", "ASCII"),
        ("https://-example.com/", "host"),
        ("https://exa%6dple.com/", "host"),
        ("https://" + "a" * 64 + ".example/", "host"),
        ("https://" + "a." * 130 + "example/", "host"),
        ("https://example.com/%zz", "hexadecimal"),
        ("https://example.com/?a=%4", "hexadecimal"),
        ("https://example.com/%", "hexadecimal"),
        ("http://[v1.a]/", "IPv6 address alone in brackets"),
        ("http://127.1/", "in full"),
        ("http://2130706433/", "in full"),
        ("http://0x7f000001/", "in full"),
        ("http://0x7f.0.0.1/", "in full"),
        ("http://0177.0.0.1/", "in full"),
        ("http://127.0.0.0x1/", "in full"),
        ("http://127.0.0.1./", "in full"),
        ("http://[::1%25lo]:9102/", "zone"),
        ("http://[::1%lo]/", "zone"),
        ("http://[fe80::1%25eth0]/", "zone"),
        ("https://[2606:4700::1111%251]/", "zone"),
    ],
)
def test_a_url_that_is_something_else_is_refused_and_says_why(url: str, why: str) -> None:
    with pytest.raises(BadUrl, match=why):
        parted(url)


@given(st.text(max_size=60))
def test_whatever_is_said_is_taken_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"https://{text}/", f"http://[{text}]"):
        try:
            parts = parted(url)
        except BadUrl:
            continue
        assert parts.hostname
        assert parts.username is None
        literal(parts.hostname)
