"""Events: followed, tried again, parked; and published from the outbox.

For services: `follows`, and `former` for handlers that are no more. `relay` is shared by what
wakes it; `python -m chassis.events.parked` is for whoever runs the system.
"""
