"""Asks a registry which bytes a tag means now, by the OCI Distribution Specification 1.1.

A registry that wants a token says where to get one (`WWW-Authenticate: Bearer`), and gives it to
anybody for a public image.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from sakina_supply.problems import NotReached, Problem
from sakina_supply.reference import Reference

PATIENCE_SECONDS = 15.0
MOST_BYTES = 4 * 1024 * 1024
"""What the specification has a registry take at least; no manifest is near it."""
_MANIFESTS = ", ".join(
    [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ]
)
"""One for all kinds of machine first: its digest is the same one on each."""


def digest(image: Reference, mirror: str | None = None) -> str:
    """Return the digest of what the tag of `image` means now: of the bytes that came, computed.

    Args:
        image: Whose; a digest that it has already does not matter.
        mirror: The URL of a registry to ask in place of the image's own.

    Raises:
        NotReached: The registry did not answer.
        Problem: `mirror` is no URL of a registry, or the registry does not know the image, or what
            it sent is no manifest or not what it says.
    """
    base = (_base(mirror) if mirror else f"https://{image.host}").rstrip("/")
    url = f"{base}/v2/{image.repository}/manifests/{image.tag}"
    try:
        said, body = _manifest(url)
    except HTTPError as error:
        why = "does not know it" if error.code in (401, 403, 404) else f"answered {error.code}"
        raise Problem(f"{image.tagged}: {urlsplit(base).netloc} {why}.") from error
    except (OSError, HTTPException) as error:
        where = urlsplit(base).netloc
        raise NotReached(f"{image.tagged}: {where} was not reached: {error}.") from error
    computed = f"sha256:{hashlib.sha256(body).hexdigest()}"
    if len(body) > MOST_BYTES or said not in (None, computed):
        raise Problem(f"{image.tagged}: what {urlsplit(base).netloc} sent is not what it says.")
    if not _is_manifest(body):
        raise Problem(f"{image.tagged}: what {urlsplit(base).netloc} sent is no manifest.")
    return computed


def _base(mirror: str) -> str:
    try:
        said = urlsplit(mirror)
        sound = said.scheme in ("http", "https") and said.hostname and said.port != 0
    except ValueError:  # such as a port that is no number
        sound = False
    if not sound or not mirror.isascii() or re.search(r"[\s?#]", mirror):
        raise Problem(
            f"MIRROR is {mirror}: give the URL of a registry, as https://registry.example.org."
        )
    return mirror


def _is_manifest(body: bytes) -> bool:
    """Return whether it is one, and no page of whoever stands in between."""
    try:
        said = json.loads(body)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("schemaVersion") == 2


def _manifest(url: str) -> tuple[str | None, bytes]:
    try:
        return _get(url, {"Accept": _MANIFESTS})
    except HTTPError as refusal:
        challenge = refusal.headers.get("WWW-Authenticate", "")
        if refusal.code != 401 or not challenge.lower().startswith("bearer "):
            raise
    return _get(url, {"Accept": _MANIFESTS, "Authorization": f"Bearer {_token(challenge)}"})


def _token(challenge: str) -> str:
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    realm = asked.pop("realm", "")
    if not realm.startswith(("https://", "http://127.0.0.1:")):
        raise Problem(f"The registry sends for a token to {realm or 'nowhere'}: not followed.")
    _, body = _get(f"{realm}?{urlencode(asked)}", {})
    try:
        given = json.loads(body)
        return str(given.get("token") or given.get("access_token", ""))
    except (ValueError, AttributeError):
        raise Problem(f"What {urlsplit(realm).netloc} gave is no token.") from None


def _get(url: str, headers: Mapping[str, str]) -> tuple[str | None, bytes]:
    request = Request(url, headers=dict(headers))  # noqa: S310 - of a registry, or its own realm
    with urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  # nosec B310
        return answer.headers.get("Docker-Content-Digest"), answer.read(MOST_BYTES + 1)
