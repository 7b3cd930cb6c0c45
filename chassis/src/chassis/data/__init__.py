"""A service's database: one way to ask it and to tell it, and what is kept once.

For services: `database` and `transaction` (`Database`, `Reader`, `Transaction`),
`statements.by_value`, `outbox.announce`, `inbox`, `commands`, `retention`, `tables` and
`migrations`. For the rooms above: `hands` (what a use case is given), `dedicated` (a connection of
one's own), `pools`, `away`. `connections` and `lending` are its inside. It knows no broker.
"""
