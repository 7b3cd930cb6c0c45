"""A bill of materials holds what its image holds, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from sakina_supply import base_images, bills, locks
from sakina_supply.problems import Problem


@pytest.fixture(scope="module")
def installed() -> dict[str, Any]:
    """What is installed here."""
    return bills._installed()


def packages(bill: dict[str, Any]) -> dict[str, str]:
    """The Python packages of a bill with their versions, named as indexes compare them."""
    return {
        canonicalize_name(component["name"]): component["version"]
        for component in bill["components"]
        if component["type"] == "library"
    }


@pytest.mark.parametrize("image", locks.images())
def test_a_bill_has_what_the_lock_pins_and_our_own_packages(
    image: str, installed: dict[str, Any]
) -> None:
    bill = bills.bill(image, installed)
    found = packages(bill)
    ours = {name for name in found if name.startswith("sakina-")}
    assert {name: version for name, version in found.items() if name not in ours} == {
        one.name: one.version for one in locks.pinned(image)
    }
    assert f"sakina-{image}" in ours
    assert ("sakina-chassis" in ours) == (image != "gateway")
    assert not ours & {"sakina-local", "sakina-stack", "sakina-supply"}


def test_a_bill_is_one_as_cyclonedx_has_it_and_names_whom_it_is_of(
    installed: dict[str, Any],
) -> None:
    bill = bills.bill("auth", installed)
    assert JsonStrictValidator(bills.SPECIFICATION).validate_str(json.dumps(bill)) is None
    assert bill["metadata"]["component"]["name"] == "sakina-auth"
    by_name = {component["name"]: component for component in bill["components"]}
    assert by_name["argon2-cffi"]["licenses"][0]["license"]["id"] == "MIT"
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    refs = {component["bom-ref"] for component in bill["components"]}
    assert {ref for each in needs.values() for ref in each} <= refs
    assert by_name["amqp"]["bom-ref"] in needs[by_name["kombu"]["bom-ref"]]


def test_a_bill_says_which_image_is_below_and_whether_its_bytes_are_known(
    installed: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / base_images.LOCK
    locked.parent.mkdir()
    monkeypatch.setattr(bills, "_ours", lambda *_: {"sakina-auth"})
    monkeypatch.setattr(locks, "pinned", lambda *_: [])

    def below(line: str) -> dict[str, Any]:
        locked.write_text(line)
        return dict(bills.bill("auth", installed, tmp_path)["components"][0])

    unpinned = below("python:3.13-slim unpinned\n")
    assert (unpinned["name"], unpinned["version"]) == ("python", "3.13-slim")
    assert unpinned["properties"] == [{"name": "sakina:digest", "value": "unpinned"}]
    pinned = below(f"python:3.13-slim sha256:{'a' * 64}\n")
    assert pinned["hashes"] == [{"alg": "SHA-256", "content": "a" * 64}]
    assert "properties" not in pinned


def test_what_is_installed_in_another_version_than_pinned_is_told(
    installed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "pinned", lambda *_: [locks.Pinned("kombu", "0.1")])
    with pytest.raises(
        Problem, match=r"requirements/auth.txt pins what is not installed: kombu 0\.1"
    ):
        bills.bill("auth", installed)


def test_what_another_machine_alone_needs_is_in_no_bill(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "auth.txt").write_text(
        "amqp==5.4.2 \\\n    --hash=sha256:00\n"
        "pywin32==312 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
        "tomli==2.0 ; python_full_version < '3.11' \\\n    --hash=sha256:00\n"
        "cffi==2.1.1 ; platform_python_implementation != 'PyPy' \\\n    --hash=sha256:00\n"
    )
    assert [one.name for one in locks.pinned("auth", tmp_path)] == ["amqp", "cffi"]
