"""The Postman collection with its environment: our own writer, since the order is the point.

A converter of OpenAPI documents orders by path, knows no person and carries no token on. Here the
requests stand as both source documents tell them, each tested, and then whatever else there is.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sakina_clients.examples import Example, source_documents

COLLECTION = "sakina.postman_collection.json"
ENVIRONMENT = "sakina.postman_environment.json"
_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_ELSE = "Everything else"
_OPERATIONS = ("get", "post", "put", "patch", "delete")
_TRIES, _PAUSE = 100, 100  # times, milliseconds: ten seconds for what follows by an event

# Names are taken only once, so each run through a document has people of its own.
_FRESH = "pm.environment.set('tag', Date.now().toString(36));"
# What an answer gives to requests that neither document tells of.
_CARRIED = {
    ("POST", "/api/khatmas/{id}/links/"): {"link": "id", "code": "code"},
    ("GET", "/api/khatmas/{id}/members/"): {"user_id": "0.id"},
}
_IDS = {
    "khatmas": "khatma_id",
    "khatma": "khatma_id",
    "notifications": "notification",
    "user": "user_id",
}


def make(document: Path, folder: Path) -> None:
    """Write the collection of `document` and its environment into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    described = json.loads(document.read_text())
    told = source_documents()
    _write(folder / COLLECTION, collection(described, told))
    _write(folder / ENVIRONMENT, environment(told))


def collection(described: dict[str, Any], told: dict[str, list[Example]]) -> dict[str, Any]:
    """Return the collection: a folder for each document that is `told`, and one for the rest."""
    operations = _operations(described)
    covered: set[tuple[str, str]] = set()
    folders = []
    for title, examples in told.items():
        items = []
        for example in examples:
            which = next(key for key in operations if _is_at(example, *key))
            covered.add(which)
            items.append(_item(example, operations[which]))
        items[0]["event"].insert(0, _script("prerequest", [_FRESH]))
        folders.append({"name": title, "item": items})
    rest = [
        _plain(method, path, operation)
        for (method, path), operation in operations.items()
        if (method, path) not in covered
    ]
    info = {"name": "Sakina", "schema": _SCHEMA, "description": described["info"]["description"]}
    return {"info": info, "item": [*folders, {"name": _ELSE, "item": rest}]}


def environment(told: dict[str, list[Example]]) -> dict[str, Any]:
    """Return the environment: where Sakina is, and a place for all that requests carry on."""
    examples = [example for document in told.values() for example in document]
    kept = {"access": "secret", "refresh": "secret", "link": "default", "code": "secret"}
    kept |= {"user_id": "default", "delivery": "default"}
    kept |= {_access(example.person): "secret" for example in examples}
    kept |= {name: kept.get(name, "default") for example in examples for name in example.saves}
    values = [
        {"key": "base_url", "value": "http://127.0.0.1:8000", "type": "default", "enabled": True},
        *(
            {"key": name, "value": "", "type": kind, "enabled": True}
            for name, kind in {"tag": "default", **kept}.items()
        ),
    ]
    return {"name": "Sakina", "values": values, "_postman_variable_scope": "environment"}


def _operations(described: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """The operations that a document may mean, and the more exact of two paths first."""
    return {
        (method.upper(), path): item[method]
        for path, item in sorted(described["paths"].items(), key=lambda pair: "{" in pair[0])
        for method in _OPERATIONS
        if method in item
    }


def _is_at(example: Example, method: str, path: str) -> bool:
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
    return example.method == method and re.fullmatch(pattern, example.path) is not None


def _item(example: Example, operation: dict[str, Any]) -> dict[str, Any]:
    request = _request(
        example.method,
        _filled(example.path) + (f"?{example.query}" if example.query else ""),
        operation,
        None if example.text is None else _filled(_renamed(example.text, example.person)),
    )
    request["auth"] = _bearer(_access(example.person)) if example.closed else {"type": "noauth"}
    script = list(_tests(example))
    return {"name": example.title, "request": request, "event": [_script("test", script)]}


def _plain(method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    """The request of an operation that no document names, with its own example."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    text = json.dumps(content["example"], ensure_ascii=False, indent=2) if content else None

    def variable(found: re.Match[str]) -> str:
        thing, name = found.groups()
        return f"/{thing}/{{{{{_IDS.get(thing, 'session') if name == 'id' else name}}}}}"

    request = _request(method, re.sub(r"/([\w-]+)/\{(\w+)\}", variable, path), operation, text)
    request["auth"] = _bearer("access") if operation["security"] else {"type": "noauth"}
    item = {"name": operation["summary"], "request": request}
    if carried := _CARRIED.get((method, path)):
        item["event"] = [_script("test", [_kept(*pair) for pair in carried.items()])]
    return item


def _request(
    method: str, address: str, operation: dict[str, Any], text: str | None
) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": method,
        "header": [],
        "url": f"{{{{base_url}}}}{address}",
        "description": f"{operation['summary']}. {operation['description']}",
    }
    if text is not None:
        request["header"] = [{"key": "Content-Type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": text, "options": {"raw": {"language": "json"}}}
    return request


def _tests(example: Example) -> Iterator[str]:
    """The lines of JavaScript that look at the answer and keep what later requests need."""
    if example.waits:
        yield "const tries = Number(pm.environment.get('tries') || 0);"
        yield f"if (pm.response.json().results.length === 0 && tries < {_TRIES}) {{"
        yield "  pm.environment.set('tries', tries + 1);"
        yield f"  setTimeout(() => {{}}, {_PAUSE});"
        yield "  pm.execution.setNextRequest(pm.info.requestId);"
        yield "  return;"
        yield "}"
        yield "pm.environment.unset('tries');"
    yield f"pm.test('answers {example.status}', () =>"
    yield f"  pm.response.to.have.status({example.status}));"
    for place, value in example.exact.items():
        expected = _renamed(json.dumps(value, ensure_ascii=False), example.person)
        expected = f"JSON.parse(pm.variables.replaceIn({json.dumps(expected)}))"
        yield f"pm.test('{place} is as documented', () =>"
        yield f"  pm.expect({_answered(place)}).to.eql({expected}));"
    for name, place in example.saves.items():
        yield _kept(name, place)
        if name == "access":
            yield f"pm.environment.set('{_access(example.person)}', {_answered(place)});"


def _kept(name: str, place: str) -> str:
    return f"pm.environment.set('{name}', String({_answered(place)}));"


def _answered(place: str) -> str:
    steps = (f"[{step}]" if step.isdigit() else f".{step}" for step in place.split("."))
    return f"pm.response.json(){''.join(steps)}"


def _access(person: str) -> str:
    return f"{person}_access"


def _bearer(variable: str) -> dict[str, Any]:
    token = {"key": "token", "value": f"{{{{{variable}}}}}", "type": "string"}
    return {"type": "bearer", "bearer": [token]}


def _filled(text: str) -> str:
    """The text with `<name>`, as the documents write what an answer gave, as a variable."""
    return re.sub(r"<(\w+)>", r"{{\1}}", text)


def _renamed(text: str, person: str) -> str:
    """The text with `person`'s e-mail and username as this run's own."""
    text = text.replace(f'"{person}@', f'"{person}-{{{{tag}}}}@')
    return text.replace(f'"{person}"', f'"{person}-{{{{tag}}}}"')


def _script(event: str, lines: list[str]) -> dict[str, Any]:
    return {"listen": event, "script": {"type": "text/javascript", "exec": lines}}


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(f"{json.dumps(content, ensure_ascii=False, indent=2)}\n")
