"""Whether a schema only grew: what a consumer of the old one reads, it still can."""

from typing import Any


def breaks(old: Any, new: Any, where: str = "") -> list[str]:
    """Return what a consumer written against `old` would lose under `new`, in sentences.

    Within a version an event only grows: a property may be added, none may go, change its type
    or stop being required; an enumeration of what is announced may not grow either, since its
    readers branch on it.
    """
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [] if old == new else [f"{where or 'schema'} changed from {old!r} to {new!r}"]
    lost = [f"{where}{name} is no longer required" for name in _required(old) - _required(new)]
    for name, was in old.get("properties", {}).items():
        now = new.get("properties", {}).get(name)
        if now is None:
            lost.append(f"{where}{name} is gone")
        else:
            lost += breaks(_resolved(was, old), _resolved(now, new), f"{where}{name}.")
    for keyword in ("type", "const", "enum", "format", "pattern", "anyOf", "items"):
        if old.get(keyword) != new.get(keyword):
            lost.append(f"{where}{keyword} changed")
    return lost


def _required(schema: dict[str, Any]) -> set[str]:
    return set(schema.get("required", ()))


def _resolved(part: Any, whole: dict[str, Any]) -> Any:
    """Follow a reference into `$defs`, and keep those for what lies below."""
    if not isinstance(part, dict):
        return part
    name = part.get("$ref", "").removeprefix("#/$defs/")
    found = whole.get("$defs", {}).get(name, part) if name else part
    return {**found, "$defs": whole.get("$defs", {})}
