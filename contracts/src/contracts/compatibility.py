"""Whether a schema only grew: what a consumer of the old one reads, it still can."""

from typing import Any

Schema = dict[str, Any]
Pair = tuple[str, str]

# Words about a value, not rules for it.
_ABOUT = {"$comment", "$id", "$schema", "default", "deprecated", "description", "examples", "title"}
# Rules that hold further schemas, each compared in its own way; every other one stays as it is.
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_NESTING = {"$defs", "$ref", "additionalProperties", "items", "prefixItems", "properties"}
_COMPARED = _ABOUT | _NESTING | {"required", *_ALTERNATIVES}


def breaks(old: Schema, new: Schema) -> list[str]:
    """Return what `new` would take from those who know `old`, in sentences.

    Within a version an event only grows, at every depth: a property may be added, none may go,
    change or stop being required. A bound or an enumeration may neither widen, since readers
    rely on it, nor narrow, since old events are still on their way. For the same reason what is
    required anew needs a `default` in its schema, which says that it may be missing.

    Args:
        old: A JSON Schema as consumers have it, with what it refers to in its `$defs`.
        new: The one that is to replace it.
    """
    return _Comparison(old, new).losses(old, new, "", frozenset())


class _Comparison:
    """Compares parts of two whole schemas, whose `$defs` they refer to."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old.get("$defs", {})
        self._new = new.get("$defs", {})

    def losses(self, old: Any, new: Any, where: str, within: frozenset[Pair]) -> list[str]:
        """Return what is lost from `old` to `new` at the path `where`.

        `within` holds the pairs of references that led here: a schema that holds itself ends.
        """
        if not (isinstance(old, dict) and isinstance(new, dict)):
            return [] if old == new else [f"{where} changed"]
        pair = old.get("$ref", ""), new.get("$ref", "")
        if any(pair):
            if pair in within:
                return []
            within |= {pair}
            return self.losses(_found(old, self._old), _found(new, self._new), where, within)
        return [
            *_changed_rules(old, new, where),
            *self._of_properties(old, new, where, within),
            *self._of_parts(old, new, where, within),
            *self._of_alternatives(old, new, where, within),
        ]

    def _of_properties(
        self, old: Schema, new: Schema, where: str, within: frozenset[Pair]
    ) -> list[str]:
        was, now = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        lost = [f"{_at(where, name)} is no longer required" for name in sorted(needed - needs)]
        lost += [
            f"{_at(where, name)} is required now, and old events lack it"
            for name in sorted(needs - needed)
            if "default" not in now.get(name, {})
        ]
        for name, schema in was.items():
            if name in now:
                lost += self.losses(schema, now[name], _at(where, name), within)
            else:
                lost.append(f"{_at(where, name)} is gone")
        return lost

    def _of_parts(self, old: Schema, new: Schema, where: str, within: frozenset[Pair]) -> list[str]:
        """Compare what lists, mappings and tuples hold."""
        lost = []
        for rule, sign in (("items", "[]"), ("additionalProperties", "{}")):
            was, now = old.get(rule), new.get(rule)
            if isinstance(was, dict) and isinstance(now, dict):
                lost += self.losses(was, now, f"{where}{sign}", within)
            elif was != now:
                lost.append(f"{_at(where, rule)} changed")
        was, now = old.get("prefixItems", []), new.get("prefixItems", [])
        if len(was) != len(now):
            return [*lost, f"{_at(where, 'prefixItems')} changed"]
        for place, (one, other) in enumerate(zip(was, now, strict=True)):
            lost += self.losses(one, other, f"{where}[{place}]", within)
        return lost

    def _of_alternatives(
        self, old: Schema, new: Schema, where: str, within: frozenset[Pair]
    ) -> list[str]:
        lost = []
        for rule in _ALTERNATIVES:
            was, now = old.get(rule, []), list(new.get(rule, []))
            if len(was) != len(now):
                lost.append(f"{_at(where, rule)} changed")
                continue
            for one in was:
                # Their order means nothing: each is compared with what is most like it.
                ranked = [
                    (_name(one) != _name(other), len(found), place, found)
                    for place, other in enumerate(now)
                    for found in [self.losses(one, other, where, within)]
                ]
                *_, place, found = min(ranked)
                del now[place]
                lost += found
        return lost


def _changed_rules(old: Schema, new: Schema, where: str) -> list[str]:
    rules = sorted((old.keys() | new.keys()) - _COMPARED)
    return [f"{_at(where, rule)} changed" for rule in rules if old.get(rule) != new.get(rule)]


def _found(part: Schema, definitions: Schema) -> Schema:
    """Follow a reference into `$defs`."""
    name = part.get("$ref", "").removeprefix("#/$defs/")
    found: Schema = definitions.get(name, part) if name else part
    # What stands beside a reference counts too; one that leads nowhere is compared as it is.
    beside = {rule: value for rule, value in part.items() if rule != "$ref"}
    return {**found, **beside} if found is not part else {**beside, "const": part.get("$ref")}


def _name(schema: Schema) -> str:
    return str(schema.get("$ref") or schema.get("title") or schema.get("type"))


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name
