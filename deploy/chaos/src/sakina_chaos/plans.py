"""What `make chaos` does, in full and quickly."""

from sakina_chaos.faults import (
    away,
    clock_steps,
    everything_again,
    freezes,
    frozen_and_killed,
    full_disk,
    ill_links,
    kills,
    poison,
    rolls,
)
from sakina_chaos.run import Plan, seeded
from sakina_chaos.stage import BROKER, POSTGRES

KILLS = 8
"""Of each kind, in full: 56 in all."""


def short(seed: int) -> Plan:
    """Return the plan of some three minutes: everything once, most of it briefly."""
    rng = seeded(seed)
    ill = list(ill_links(0.7, rng))
    return Plan(
        [
            *kills(1, rng),
            *freezes(1.5, rng, ("notify", "practice", POSTGRES)),
            frozen_and_killed(BROKER, 1.0),
            *ill,
            everything_again(),
            poison(3),
            *clock_steps(1.0, (90, -90)),
            *rolls(("gateway", "practice")),
        ],
        calm_seconds=0.3,
    )


def full(seed: int) -> Plan:
    """Return the plan of some fifteen minutes."""
    rng = seeded(seed)
    return Plan(
        [
            *kills(KILLS, rng),
            # Longer than what stands still is left alone: it is ended, and started again.
            *freezes(12.0, rng),
            *freezes(2.0, rng),
            frozen_and_killed(BROKER, 2.0),
            frozen_and_killed(POSTGRES, 2.0),
            away(BROKER, 60.0),
            away(POSTGRES, 20.0),
            *ill_links(3.0, rng),
            *ill_links(6.0, rng),
            everything_again(),
            everything_again(),
            poison(100),
            full_disk(POSTGRES, 15.0),
            # Below its limit of 50 MB the broker takes nothing more; with no room at all it dies.
            full_disk(BROKER, 20.0, leaving=20),
            full_disk(BROKER, 5.0),
            *clock_steps(10.0, (90, -90, 2, -2)),
            *rolls(),
            *rolls(),
        ],
        companions=6,
    )
