"""The broker: connections that come back by themselves, and what is refused at the door.

For the rooms above, which build on `consumer`, `connection`, `confirms`, `frames`, `queues`,
`stream`, `guards` and `refused`; a service needs none of it but what `stream.Delivered` is. It
knows no database.
"""
