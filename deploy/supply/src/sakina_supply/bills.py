"""A bill of materials for each image (CycloneDX): what its lock pins, as it is installed here.

`cyclonedx-py` reads the development environment, where every image's packages are in the very
versions; what an image has not is left out, and what it is built on is added.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from sakina_local.checkout import ROOT
from sakina_supply import base_images, locks
from sakina_supply.problems import Problem

SPECIFICATION = SchemaVersion.V1_6
_OURS = "sakina-"
_TOML = "pyproject.toml"

Json = dict[str, Any]


def write(folder: Path, root: Path = ROOT) -> list[Path]:
    """Write `sakina-<image>.cdx.json` for each image into `folder`; return the files.

    Raises:
        Problem: What is installed is not what is pinned, or a bill is not as CycloneDX has it.
    """
    installed = _installed()
    validator = JsonStrictValidator(SPECIFICATION)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for image in locks.images(root):
        text = json.dumps(bill(image, installed, root), indent=1, sort_keys=True) + "\n"
        if wrong := validator.validate_str(text):
            raise Problem(f"The bill of sakina-{image} is not as CycloneDX has it: {wrong}")
        file = folder / f"sakina-{image}.cdx.json"
        file.write_text(text)
        written.append(file)
    return written


def bill(image: str, installed: Json, root: Path = ROOT) -> Json:
    """Return the bill of one image.

    Args:
        image: Whose, as its lock file is called.
        installed: The bill of the environment that its packages are installed in.
        root: The checkout.

    Raises:
        Problem: One that its lock pins is not installed, or in another version.
    """
    inside = _inside(image, installed["components"], root)
    own: Json = {"bom-ref": f"image:{_OURS}{image}", "name": f"{_OURS}{image}", "type": "container"}
    (whole,) = (each for each in inside if each["name"] == own["name"])
    base = _base(root)
    needs = _needs(installed["dependencies"], {each["bom-ref"] for each in inside})
    return {
        **{key: installed[key] for key in ("$schema", "bomFormat", "specVersion")},
        "version": 1,
        "metadata": {"component": {**own, "version": whole["version"]}},
        "components": [base, *inside],
        "dependencies": [
            {"ref": own["bom-ref"], "dependsOn": [base["bom-ref"], whole["bom-ref"]]},
            {"ref": base["bom-ref"]},
            *needs,
        ],
    }


def _inside(image: str, components: list[Json], root: Path) -> list[Json]:
    """Return those of the installed components that the image holds, by name."""
    there: dict[str, Json] = {canonicalize_name(each["name"]): _plain(each) for each in components}
    pinned = locks.pinned(image, root)
    wrong = [one for one in pinned if there.get(one.name, {}).get("version") != one.version]
    if wrong:
        names = ", ".join(f"{one.name} {one.version}" for one in wrong)
        raise Problem(
            f"requirements/{image}.txt pins what is not installed: {names}. Run make install."
        )
    return [there[name] for name in sorted({one.name for one in pinned} | _ours(image, root))]


def _needs(dependencies: list[Json], refs: set[str]) -> list[Json]:
    """Return who needs whom among `refs`."""
    return [
        {"ref": each["ref"], "dependsOn": sorted(refs & set(each.get("dependsOn", [])))}
        for each in dependencies
        if each["ref"] in refs
    ]


def _installed() -> Json:
    """Return the bill of the environment that runs this."""
    command = [
        *(sys.executable, "-m", "cyclonedx_py", "environment", sys.executable),
        *("--spec-version", SPECIFICATION.to_version(), "--output-reproducible", "--no-validate"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Problem(f"cyclonedx-py failed: {done.stderr.strip()[-500:]}")
    said: Json = json.loads(done.stdout)
    return said


def _ours(image: str, root: Path) -> set[str]:
    """Return which of this repository's packages the image holds: its own, and what that asks."""
    held: set[str] = set()
    wanted = [f"{_OURS}{image}"]
    while wanted:
        name = wanted.pop()
        if name in held:
            continue
        held.add(name)
        bare = name.removeprefix(_OURS)
        (file,) = [
            *root.glob(f"{bare}/pyproject.toml"),
            *root.glob(f"services/{bare}/pyproject.toml"),
        ]
        asked = tomllib.loads(file.read_text())["project"]["dependencies"]
        wanted += [one for one in asked if one.startswith(_OURS)]
    return held


def _base(root: Path) -> Json:
    """Return the component that is the image below: Python's."""
    (image,) = [one for one in base_images.locked(root).values() if one.name == "python"]
    component: Json = {"bom-ref": f"image:{image}", "name": image.name, "type": "container"}
    component["version"] = image.tag
    if image.digest:
        component["hashes"] = [{"alg": "SHA-256", "content": image.digest.removeprefix("sha256:")}]
    else:
        component["properties"] = [{"name": "sakina:digest", "value": base_images.UNPINNED}]
    return component


def _plain(component: Json) -> Json:
    """Return it without the addresses of its pages: its `purl` says where it is from."""
    return {key: value for key, value in component.items() if key != "externalReferences"}
