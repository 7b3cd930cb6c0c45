"""The process that a service runs in: what it is told, and what it shows of itself.

For others: `settings` (the environment), `clock` (the one `now`), `logs`, `backoff` (pauses between
tries), `background` (work that goes on in turns). `heartbeat` and `watchdog` say that it lives, or
end it.
"""
