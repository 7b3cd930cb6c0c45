"""Run the service: `python -m auth`."""

import eventlet

eventlet.monkey_patch()

import sys

from auth.credentials import keys
from auth.service import AuthService
from auth.settings import Settings
from chassis.process.settings import read
from chassis.service.run import run


def main() -> None:
    """Read the settings and run until told to stop."""
    settings = read(Settings, "auth")
    try:
        keys.read(settings.signing_keys)
    except keys.KeysUnusable as error:
        sys.exit(f"auth: not started: {error}")
    run(AuthService, settings)


if __name__ == "__main__":
    main()
