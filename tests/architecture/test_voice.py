"""Refusals speak in one voice: a capital letter first, a full stop last.

Every text is found in the source, so that a new one is heard without a word here; what a text is
put together from at run time is heard in tests/system, where each answered problem is.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.catalogue import SERVICES
from contracts.refusals import REFUSALS

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("contracts", "chassis", "gateway", "services/*")
    for path in ROOT.glob(f"{folder}/src/**/*.py")
]
# What is raised to say no, beside the refusals that travel; khatma's domain has four of its own.
SPOKEN = {kind.__name__ for kind in REFUSALS.values()} | {
    *("BadToken", "Plain", "Unknown", "NotTheirs", "Clash", "Wrong", "_refuse", "_invalid"),
}
VARIABLE = "…"


def texts(node: ast.AST, names: dict[str, str]) -> Iterator[str]:
    """Every text that `node` may be, with `…` where it varies; none where it is no text."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else VARIABLE for part in parts
            )
        case ast.Name(id=name) if name in names:
            yield names[name]
        case ast.IfExp(body=one, orelse=other):
            yield from texts(one, names)
            yield from texts(other, names)
        case ast.List(elts=each) | ast.Tuple(elts=each):
            for inner in each:
                yield from texts(inner, names)
        case ast.Dict(values=values):
            for inner in values:
                yield from texts(inner, names)


def said_in(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    names = {
        target.id: statement.value.value
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).rpartition(".")[2]
        if called not in SPOKEN:
            continue
        # Wrong(field, message) and Plain(status, detail) say it second.
        said = node.args[1:2] if called in ("Wrong", "Plain") else node.args[:1]
        said += [each.value for each in node.keywords if each.arg in ("detail", "errors")]
        for each in said:
            yield from texts(each, names)


SAID = sorted({(str(path.relative_to(ROOT)), text) for path in SOURCES for text in said_in(path)})


def test_every_package_says_no() -> None:
    """Else the search above finds nothing, and hears nothing."""
    speakers = {Path(path).parts[:2] for path, _ in SAID}
    services = {("services", name) for name in SERVICES}
    assert services | {("chassis", "src"), ("gateway", "src")} <= speakers
    assert len(SAID) > 60


@pytest.mark.parametrize(("path", "text"), SAID)
def test_a_refusal_is_a_sentence(path: str, text: str) -> None:
    assert text[0].isupper() or text[0] == VARIABLE, text
    assert text[-1] in (".", VARIABLE), text
