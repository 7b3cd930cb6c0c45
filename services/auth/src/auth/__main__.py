"""Run the service: `python -m auth`."""

import eventlet

eventlet.monkey_patch()

import sys

from pydantic import ValidationError

from auth.service import AuthService
from auth.settings import Settings
from chassis.run import run


def main() -> None:
    """Read the settings and run until told to stop."""
    try:
        settings = Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        wrong = ", ".join(f"SAKINA_{str(one['loc'][0]).upper()}" for one in error.errors())
        sys.exit(f"auth: not started: set {wrong} (services/auth/README.md says to what)")
    run(AuthService, settings)


if __name__ == "__main__":
    main()
