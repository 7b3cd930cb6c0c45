"""Events: followed, tried again, parked; and published from the outbox.

For services: `follows`, `stream` and `taking` for one that takes a stream in, `delay` and `traced`
for what it says of that, and `former` for handlers that are no more. `relay` is shared by what
wakes it; `python -m chassis.events.parked` is for whoever runs the system.
"""
