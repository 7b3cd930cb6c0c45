"""A certificate is looked at as a client of the public address would."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    KeySerializationEncryption,
)

from sakina_local.self_signed import self_signed
from sakina_stack.certificate import check
from sakina_stack.problems import Problem

URL = "https://sakina.example"


def make(
    folder: Path,
    host: str = "sakina.example",
    days: int = 30,
    protection: KeySerializationEncryption | None = None,
) -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    files = folder / "certificate.pem", folder / "key.pem"
    for file, said in zip(files, self_signed(host, days=days, protection=protection), strict=True):
        file.write_bytes(said)
    return files


def test_a_good_one(tmp_path: Path) -> None:
    check(*make(tmp_path), URL)


def test_a_wildcard_serves_one_level(tmp_path: Path) -> None:
    files = make(tmp_path, "*.example.org")
    check(*files, "https://sakina.example.org")
    with pytest.raises(Problem, match=r"not valid for 'a\.b\.example\.org'"):
        check(*files, "https://a.b.example.org")


def test_another_host(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"not valid for 'sakina\.example'"):
        check(*make(tmp_path, "other.example"), URL)


def test_one_that_has_ended(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="expired"):
        check(*make(tmp_path, days=-1), URL)


def test_the_key_of_another(tmp_path: Path) -> None:
    certificate, _ = make(tmp_path / "one")
    _, key = make(tmp_path / "other")
    with pytest.raises(Problem, match="is not that of the certificate"):
        check(certificate, key, URL)


def test_a_key_with_a_password(tmp_path: Path) -> None:
    files = make(tmp_path, protection=BestAvailableEncryption(b"secret"))
    with pytest.raises(Problem, match="encrypted"):
        check(*files, URL)


@pytest.mark.parametrize("broken", ["certificate.pem", "key.pem"])
def test_what_is_no_pem(tmp_path: Path, broken: str) -> None:
    files = make(tmp_path)
    (tmp_path / broken).write_text("hello")
    with pytest.raises(Problem, match="not PEM"):
        check(*files, URL)


@pytest.mark.parametrize("absent", ["certificate.pem", "key.pem"])
def test_what_is_not_there(tmp_path: Path, absent: str) -> None:
    files = make(tmp_path)
    (tmp_path / absent).unlink()
    with pytest.raises(Problem, match=f"{absent} cannot be read"):
        check(*files, URL)


@pytest.mark.parametrize("url", ["http://sakina.example", "sakina.example", "https://"])
def test_an_address_that_is_not_https(tmp_path: Path, url: str) -> None:
    with pytest.raises(Problem, match="https://"):
        check(*make(tmp_path), url)
