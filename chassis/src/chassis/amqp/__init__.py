"""The broker: connections that come back by themselves, and what is refused at the door.

For the rooms `rpc` and `events`, which build on `consumer`, `connection`, `confirms`, `queues`,
`guards` and `refused`; no service needs it. It knows no database.
"""
