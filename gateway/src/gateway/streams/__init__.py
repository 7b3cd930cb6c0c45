"""Server-sent events: what happens, told to whoever listens.

`routes/streams.py` lets somebody in → `answer.py` opens their `stream.py` in the `hub.py` →
`past.py` tells it what was recorded before, until `following.py` says that it is caught up →
`live.py` tells the hub what notify records, and the hub those whom it concerns → `wire.py` writes
it.
"""
