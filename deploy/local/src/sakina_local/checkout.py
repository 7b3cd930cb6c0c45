"""Where the project's own files are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
"""The checkout: this package is always installed editable."""

POSTGRES_SQL = ROOT / "deploy" / "postgres"
RABBITMQ_DEFINITIONS = ROOT / "deploy" / "rabbitmq" / "definitions.json"

PACKAGES = {
    file.parent.name: file.parent
    for where in ("*", "services/*", "deploy/*", "examples/*")
    for file in sorted(ROOT.glob(f"{where}/pyproject.toml"))
}
"""The folder of each package of this repository, which is called `sakina-<name>`."""
