"""Follow, replay and share the events of Sakina: see the README beside this package."""

from sakina_events.events import Event
from sakina_events.links import Refused
from sakina_events.live import follow
from sakina_events.past import replay
from sakina_events.sqlite import SqliteStore
from sakina_events.store import Place, Store
from sakina_events.work import share

__all__ = ["Event", "Place", "Refused", "SqliteStore", "Store", "follow", "replay", "share"]
