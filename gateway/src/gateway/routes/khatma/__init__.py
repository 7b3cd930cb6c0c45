"""The URL space of khatma, a file for each noun, as in `contracts.khatma`."""

from gateway.routes.khatma import (
    achievements,
    figures,
    intentions,
    khatmas,
    links,
    lists,
    members,
    parts,
    readings,
)

ROUTERS = (
    lists.router,
    khatmas.router,
    members.router,
    parts.router,
    links.router,
    intentions.router,
    readings.router,
    figures.router,
    achievements.router,
    lists.doorway,
)
"""In the order of the OpenAPI document."""
