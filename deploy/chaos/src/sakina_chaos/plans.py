"""What `make chaos` does, in full and quickly."""

from sakina_chaos.faults import kills
from sakina_chaos.run import Plan, seeded


def short(seed: int) -> Plan:
    """Return the plan of some three minutes."""
    rng = seeded(seed)
    return Plan([*kills(1, rng)], settle_seconds=90)


def full(seed: int) -> Plan:
    """Return the plan of some fifteen minutes."""
    rng = seeded(seed)
    return Plan([*kills(8, rng)], companions=5)
