"""The keys that go with a dump, as a tar beside it: what tokens and fingerprints of before need."""

import io
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

from sakina_local.home import Home
from sakina_local.problems import Problem

_SIGNING = re.compile(r"keys/([^/\0]+\.pem)")
_FINGERPRINT = "fingerprint_key"
_PEM = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----\s[\s\x20-\x7e]+\s-----END \1-----")


@dataclass(frozen=True)
class DumpKeys:
    """Keys of one system.

    Args:
        signing: Keys that sign access tokens, PEM, by the names of their files.
        fingerprint: The key of fingerprints.
    """

    signing: dict[str, bytes]
    fingerprint: str

    @classmethod
    def of(cls, home: Home) -> "DumpKeys":
        """Return those of `home`; passwords are none of them, since they are drawn anew."""
        signing = {file.name: file.read_bytes() for file in home.keys.glob("*.pem")}
        return cls(signing, home.secrets().fingerprint_key)

    @classmethod
    def read(cls, tar: bytes, file: Path) -> "DumpKeys":
        """Return those that `packed` made `tar` of; `file` is where it came from, for messages.

        Raises:
            Problem: It is cut or damaged, or holds what `packed` never put into one.
        """
        signing, fingerprint = {}, ""
        try:
            for member, content in _members(tar):
                named = _SIGNING.fullmatch(member.name)
                if content is None or not (named or member.name == _FINGERPRINT):
                    raise Problem(
                        f"{file} is not of make backup, since it holds {member.name!r}: move it "
                        "away to restore the dump without it. Nothing was changed."
                    )
                if not named:
                    fingerprint = content.decode()
                elif _PEM.search(content):
                    signing[named[1]] = content
                else:
                    raise _damaged(file, f"{member.name} is no key")
        except (tarfile.TarError, ValueError) as error:
            raise _damaged(file, str(error)) from None
        # The fingerprint's is the last one in: where it is, all are.
        if not signing or not fingerprint.isprintable() or not fingerprint:
            raise _damaged(file, "keys are missing")
        return cls(signing, fingerprint)

    def packed(self) -> bytes:
        """Return them as a tar."""
        contents = {f"keys/{name}": content for name, content in self.signing.items()}
        contents[_FINGERPRINT] = self.fingerprint.encode()
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w") as tar:
            for name, content in contents.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o600
                tar.addfile(member, io.BytesIO(content))
        return made.getvalue()

    def put_back(self, home: Home) -> None:
        """Put them into `home`: beside its signing keys, in the place of its fingerprint's."""
        for name, content in self.signing.items():
            file = home.keys / name
            file.touch(mode=0o600)
            file.write_bytes(content)
        home.keep_fingerprint_key(self.fingerprint)


def _members(tar: bytes) -> list[tuple[tarfile.TarInfo, bytes | None]]:
    """Return what the tar holds; of what is no plain file (a link, a device), no content."""
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as opened:
        return [(member, _content(opened, member)) for member in opened]


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes | None:
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        return None
    content = tar.extractfile(member)
    return content.read() if content else None


def _damaged(file: Path, why: str) -> Problem:
    return Problem(
        f"{file} is cut or damaged ({why}): take another dump with its keys, or move it away to "
        "restore this one without it. Nothing was changed."
    )
