import os
import stat
import subprocess
import sys
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from auth.credentials import keys
from auth.credentials.keys import KeyFolder, KeysUnusable


def pem(private, encryption=None):
    how = encryption or NoEncryption()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def test_a_new_key_signs_and_both_are_published(tmp_path):
    old = keys.make(tmp_path)
    new = keys.make(tmp_path)

    folder = KeyFolder(tmp_path)

    assert folder.newest.kid == new.stem
    assert [jwk["kid"] for jwk in folder.jwks()["keys"]] == [old.stem, new.stem]


def test_only_public_parts_are_published(tmp_path):
    keys.make(tmp_path)
    (jwk,) = KeyFolder(tmp_path).jwks()["keys"]

    assert (jwk["kty"], jwk["crv"]) == ("EC", "P-256")
    assert set(jwk) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    public = jwt.PyJWK(jwk).key
    token = jwt.encode({"a": 1}, KeyFolder(tmp_path).newest.private, algorithm="ES256")
    assert jwt.decode(token, public, algorithms=["ES256"]) == {"a": 1}


def test_a_key_put_there_later_is_published_before_it_signs(tmp_path):
    first = keys.make(tmp_path)
    folder = KeyFolder(tmp_path)
    second = keys.make(tmp_path)

    assert folder.newest.kid == first.stem
    assert [jwk["kid"] for jwk in folder.jwks()["keys"]] == [first.stem, second.stem]


def test_what_happens_to_the_folder_later_takes_no_key_away(tmp_path):
    first = keys.make(tmp_path)
    folder = KeyFolder(tmp_path)
    (tmp_path / "broken.pem").write_text("not a key")

    assert [jwk["kid"] for jwk in folder.jwks()["keys"]] == [first.stem]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "private key"),
        (b"not a key", "private key"),
        (pem(rsa.generate_private_key(65537, 2048)), "P-256"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "P-256"),
        (pem(ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"x")), "private"),
    ],
)
def test_a_file_that_is_no_key_is_named(tmp_path, content, says):
    keys.make(tmp_path)
    (tmp_path / "wrong.pem").write_bytes(content)
    with pytest.raises(KeysUnusable, match=rf"wrong\.pem.*{says}"):
        KeyFolder(tmp_path)


def test_a_name_that_no_header_should_carry_is_refused(tmp_path):
    keys.make(tmp_path).rename(tmp_path / "a b.pem")
    with pytest.raises(KeysUnusable, match="name it"):
        KeyFolder(tmp_path)


def test_without_a_key_it_says_how_to_make_one(tmp_path):
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(KeysUnusable, match=r"python -m auth\.credentials\.keys new"):
            KeyFolder(folder)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "auth.credentials.keys", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_the_command_makes_a_key_for_its_owner_alone(tmp_path):
    folder = tmp_path / "keys"
    done = run("new", str(folder))

    assert done.returncode == 0
    file = Path(done.stdout.strip())
    assert KeyFolder(folder).newest.kid == file.stem
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.listdir(folder) == [file.name]


@pytest.mark.parametrize("arguments", [[], ["new"], ["old", "x"], ["new", "/dev/null/x"]])
def test_the_command_says_what_is_wrong_in_a_line(arguments):
    done = run(*arguments)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_the_service_does_not_start_without_a_key_and_says_why(migrated, broker, tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "SAKINA_DATABASE_URL": migrated.app_url("auth"),
        "SAKINA_BROKER_URL": broker.url("auth"),
        "SAKINA_SIGNING_KEYS": str(tmp_path),
    }
    done = start(environment)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "python -m auth.credentials.keys new" in line


def test_the_service_names_the_settings_that_are_missing():
    done = start({"PATH": os.environ["PATH"]})
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    for name in ("SAKINA_DATABASE_URL", "SAKINA_BROKER_URL", "SAKINA_SIGNING_KEYS"):
        assert name in line


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "auth"]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env=environment
    )
