"""`python -m sakina_demo`: fills the system at SAKINA_URL, or at PORT (8000) on this machine."""

import os
import sys

from sakina_demo import cast
from sakina_demo.api import Api, Away, Unexpected
from sakina_demo.filling import fill, steps
from sakina_demo.progress import Progress


def main() -> int:
    """Fill the system, and say whom to log in as; 1 where that did not work."""
    api = Api(os.environ.get("SAKINA_URL") or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    try:
        fill(api, Progress(steps()))
    except (Away, Unexpected) as problem:
        sys.stderr.write(f"\n{problem}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted. Run it again to go on.\n")
        return 1
    sys.stdout.write(
        f"\n{len(cast.PEOPLE)} people and {len(cast.KHATMAS)} khatmas are there. Log in as "
        f"{cast.STAR.fullname}:\n\n"
        f"  curl -s {api.url}/api/login/ -H 'content-type: application/json' \\\n"
        f'    -d \'{{"email": "{cast.STAR.email}", "password": "{cast.PASSWORD}"}}\'\n\n'
        f"and try the token at {api.url}/docs, first of all the dashboard.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
