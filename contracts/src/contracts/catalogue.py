"""Everything that Sakina says, by name: importing this module fills METHODS and EVENTS.

The list of services is said here alone. What cannot import it (SQL, the broker's definitions,
Compose, the import rules, the tools that run on a bare Python) is held against it by
tests/architecture.
"""

from importlib import import_module

from contracts.events import EVENTS
from contracts.rpc import METHODS

__all__ = ["EVENTS", "METHODS", "SERVICES"]

SERVICES = ("auth", "practice", "khatma", "notify")

for _service in SERVICES:
    for _said in ("methods", "events"):
        import_module(f"contracts.{_service}.{_said}")
