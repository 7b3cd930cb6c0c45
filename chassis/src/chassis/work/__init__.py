"""What surrounds work, the same for a request and for an event; the lowest room.

For others: `chain` (the layers, and what a job is), `measured` (what is counted and timed),
`traced` (its span), `context` (what is being worked on: for logs, outbox and commands), `encoding`
(JSON, encoded once), `invalid` (a body that breaks its model), `workers` (the greenlets that do the
work).
"""
