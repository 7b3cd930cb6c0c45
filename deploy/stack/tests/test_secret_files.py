"""Secrets: fresh, written once, each in its own file."""

import base64
import hashlib
import hmac
import json
import os
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from auth.credentials import keys
from sakina_stack import secret_files, signing_key, verifiers
from sakina_stack.problems import Problem

ACCESS = timedelta(hours=2)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    secret_files.create(tmp_path / ".env", folder, port=8123)
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_the_folder_is_its_owners_and_the_files_are_the_containers(made: Path) -> None:
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    files = [file for file in made.rglob("*") if file.is_file()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o444}
    assert stat.S_IMODE((made / "signing").stat().st_mode) == 0o755


def test_the_environment_names_the_folder_and_holds_no_secret(made: Path) -> None:
    said = (made.parent / ".env").read_text()
    assert f"SAKINA_SECRETS={made}\n" in said
    assert "SAKINA_HTTP_PORT=8123\n" in said
    for file in made.iterdir():
        if file.is_file():
            assert file.read_text() not in said


def test_nothing_is_overwritten(made: Path) -> None:
    before = everything(made.parent)
    with pytest.raises(Problem, match="nothing was written"):
        secret_files.create(made.parent / ".env", made)
    (made.parent / ".env").unlink()
    with pytest.raises(Problem, match="nothing was written"):
        secret_files.create(made.parent / ".env", made)
    assert not (made.parent / ".env").exists()
    assert everything(made) == {name: before[name] for name in everything(made)}


def test_two_stacks_share_no_secret(tmp_path: Path) -> None:
    for name in ("one", "other"):
        secret_files.create(tmp_path / f"{name}.env", tmp_path / name)
    one, other = (set(everything(tmp_path / name).values()) for name in ("one", "other"))
    assert not one & other


def test_each_process_has_a_password_of_its_own(made: Path) -> None:
    urls = [file.read_text() for file in made.glob("*_url")]
    passwords = {re.fullmatch(r"[a-z0-9+]+://\w+:([\w-]{32})@.+", url)[1] for url in urls}  # type: ignore[index]
    assert len(passwords) == len(urls) == 13


def test_postgres_keeps_what_checks_the_password(made: Path) -> None:
    kept = dict(
        re.findall(r"ALTER ROLE (\w+) PASSWORD '(.+)';", (made / "postgres_roles.sql").read_text())
    )
    assert len(kept) == 9
    for role, file in (("khatma_app", "khatma_database_url"), ("auth_owner", "auth_owner_url")):
        password = (made / file).read_text().split(":")[2].partition("@")[0]
        assert scram_accepts(kept[role], password)
        assert not scram_accepts(kept[role], password + "x")
    assert scram_accepts(kept["postgres"], (made / "postgres_password").read_text())


def scram_accepts(verifier: str, password: str) -> bool:
    """RFC 5803's StoredKey and ServerKey, computed anew."""
    rounds, salt, stored, server = re.fullmatch(  # type: ignore[union-attr]
        r"SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)", verifier
    ).groups()
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return base64.b64decode(stored) == client and base64.b64decode(server) == hmac.digest(
        salted, b"Server Key", "sha256"
    )


def test_rabbitmq_keeps_what_checks_the_password(made: Path) -> None:
    users = json.loads((made / "rabbitmq_users.json").read_text())["users"]
    assert {user["name"] for user in users} == {"gateway", *secret_files.SERVICES}
    for user in users:
        password = (made / f"{user['name']}_broker_url").read_text().split(":")[2].partition("@")[0]
        kept = base64.b64decode(user["password_hash"])
        assert kept[4:] == hashlib.sha256(kept[:4] + password.encode()).digest()
        assert user["tags"] == []
    assert verifiers.rabbitmq("x") != verifiers.rabbitmq("x"), "salted"


def test_passwords_rotate_all_at_once_and_keys_stay(made: Path) -> None:
    before = everything(made)
    secret_files.write_passwords(made)
    same = {Path(name).name for name, octets in everything(made).items() if before[name] == octets}
    assert {name for name in same if not name.endswith(".pem")} == {"gateway_fingerprint_key"}
    assert len(same) == 2


def test_the_key_of_fingerprints_is_renewed_alone(made: Path) -> None:
    before = everything(made)
    secret_files.write_fingerprint_key(made)
    after = everything(made)
    assert {Path(name).name for name in after if before[name] != after[name]} == {
        "gateway_fingerprint_key"
    }
    assert len((made / "gateway_fingerprint_key").read_text()) >= 16


def test_auth_reads_the_keys_and_signs_with_the_newest(made: Path) -> None:
    (first,) = keys.read(made / "signing")
    added = secret_files.add_signing_key(made)
    assert [key.kid for key in keys.read(made / "signing")] == [first.kid, added.stem]
    assert keys.KeyFolder(made / "signing").newest.kid == added.stem
    assert secret_files.retire_signing_keys(made, None, ACCESS) == [first.kid]
    assert [key.kid for key in keys.read(made / "signing")] == [added.stem]
    assert (
        secret_files.retire_signing_keys(made, (datetime.now(UTC), datetime.now(UTC)), ACCESS) == []
    )


def test_an_old_signing_key_retires_when_its_tokens_are_gone(made: Path) -> None:
    (first,) = keys.read(made / "signing")
    added = datetime.fromtimestamp(secret_files.add_signing_key(made).stat().st_mtime, UTC)
    with pytest.raises(Problem, match="roll auth first"):
        secret_files.retire_signing_keys(
            made, (added - timedelta(seconds=1), datetime.now(UTC)), ACCESS
        )
    with pytest.raises(Problem, match=r"may live until .* --at-once"):
        secret_files.retire_signing_keys(made, (datetime.now(UTC), datetime.now(UTC)), ACCESS)
    assert len(keys.read(made / "signing")) == 2
    overlapped = datetime.now(UTC) - ACCESS - secret_files.LEARNING
    os.utime(max((made / "signing").glob("*.pem")), (0, overlapped.timestamp() - 1))
    with pytest.raises(Problem, match="may live until"):
        # One instance signed with the old key until it was replaced just now.
        secret_files.retire_signing_keys(made, (overlapped, datetime.now(UTC)), ACCESS)
    assert secret_files.retire_signing_keys(made, (overlapped, overlapped), ACCESS) == [first.kid]


def test_a_signing_key_signs() -> None:
    key = load_pem_private_key(signing_key.pem().encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"
    from cryptography.hazmat.primitives import hashes

    scheme = ec.ECDSA(hashes.SHA256())
    key.public_key().verify(key.sign(b"peace", scheme), b"peace", scheme)


@pytest.mark.parametrize(
    "change",
    [secret_files.write_passwords, secret_files.add_signing_key],
)
def test_without_secrets_there_is_nothing_to_rotate(tmp_path: Path, change: object) -> None:
    with pytest.raises(Problem, match="make secrets"):
        change(tmp_path / "absent")  # type: ignore[operator]
    with pytest.raises(Problem, match="no signing key"):
        secret_files.retire_signing_keys(tmp_path, None, ACCESS)
