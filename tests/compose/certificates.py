"""Certificates that sign themselves, among the secrets of a stack."""

from pathlib import Path

from sakina_local.self_signed import self_signed


def certificate(folder: Path, host: str, *, days: int = 30) -> None:
    """Put a certificate for `host` that ends in `days`, and its key, among the secrets."""
    files = "tls_certificate", "tls_key"
    for file, octets in zip(files, self_signed(host, days=days), strict=True):
        (folder / file).unlink(missing_ok=True)
        (folder / file).write_bytes(octets)
        (folder / file).chmod(0o444)
