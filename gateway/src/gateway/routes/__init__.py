"""The URL space: each file or folder one part of it, each route a few lines."""

from gateway.routes import (
    accounts,
    activity,
    dashboard,
    khatma,
    meditation,
    notifications,
    streams,
    system,
    webhooks,
)

ROUTERS = (
    meditation.router,
    notifications.router,
    activity.router,
    streams.router,
    streams.doorway,
    *khatma.ROUTERS,
    dashboard.router,
    webhooks.router,
    accounts.doorway,
    accounts.router,
    system.router,
)
"""Every router. Where two paths fit an address, `dispatch` takes the first of this order."""
