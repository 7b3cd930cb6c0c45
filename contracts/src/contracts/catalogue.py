"""Everything that Sakina says, by name: importing this module fills METHODS and EVENTS."""

import contracts.auth.events
import contracts.auth.methods
import contracts.khatma.events
import contracts.khatma.methods
import contracts.notify.events
import contracts.notify.methods
import contracts.practice.events
import contracts.practice.methods  # noqa: F401
from contracts.events import EVENTS
from contracts.rpc import METHODS

__all__ = ["EVENTS", "METHODS"]
