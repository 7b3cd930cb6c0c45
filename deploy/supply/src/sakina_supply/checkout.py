"""Where the project's own files are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
"""The checkout: this package is always installed editable."""
