"""What docs/clients.md shows of the Python client; the address of Sakina is the argument."""

import sys

# ten lines
from sakina_client import AuthenticatedClient, Client, models
from sakina_client.api.accounts import log_in, register
from sakina_client.api.meditation import log_session


def meditate(base_url: str) -> models.Session | models.Problem | None:
    with Client(base_url) as stranger:
        layla = models.RegisterForm("layla", "layla@example.com", "quiet-river-29")
        register.sync(client=stranger, body=layla)
        credentials = models.LoginForm("quiet-river-29", email="layla@example.com")
        tokens = log_in.sync(client=stranger, body=credentials)
    assert isinstance(tokens, models.LoginAnswer), tokens  # else a Problem, which says what to do
    with AuthenticatedClient(base_url, tokens.access) as client:
        session = models.LogSession(models.LogSessionMeditationType.GRATITUDE, 25)
        return log_session.sync(client=client, body=session)
        # that is all


assert isinstance(meditate(sys.argv[1]), models.Session)
