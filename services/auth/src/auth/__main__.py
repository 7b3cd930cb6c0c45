"""Run the service: `python -m auth`."""

import eventlet

eventlet.monkey_patch()

import sys

from pydantic import ValidationError

from auth import keys
from auth.service import AuthService
from auth.settings import Settings
from chassis.service.run import run


def main() -> None:
    """Read the settings and run until told to stop."""
    try:
        settings = Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        wrong = ", ".join(f"SAKINA_{str(one['loc'][0]).upper()}" for one in error.errors())
        sys.exit(f"auth: not started: set {wrong} (services/auth/README.md says to what)")
    try:
        keys.read(settings.signing_keys)
    except keys.KeysUnusable as error:
        sys.exit(f"auth: not started: {error}")
    run(AuthService, settings)


if __name__ == "__main__":
    main()
