"""How any service of Sakina runs, whatever it is about: nothing here knows a business word.

Rooms, of which each knows only those below it: service, rpc, events, amqp beside data, process,
work. What a room is for, and what of it others may use, its own first lines say.
"""
