"""A service as a whole: the highest room, which knows all others.

For services: `run`, `provider` (the database as a part of the service class), `periodic` (work that
comes round), `errands` (work outside of any transaction) and `health`. `bans` says what a service
class may not be made of.
"""
