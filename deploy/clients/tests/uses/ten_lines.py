"""What docs/clients.md shows of the Python client; the address of Sakina is the argument."""

import sys

BASE_URL = sys.argv[1]

# ten lines
from sakina_client import AuthenticatedClient, Client
from sakina_client.api.accounts import log_in, register
from sakina_client.api.meditation import log_session
from sakina_client.models import LoginAnswer, LoginForm, LogSession, LogSessionMeditationType, RegisterForm

with Client(BASE_URL) as stranger:
    register.sync(client=stranger, body=RegisterForm("layla", "layla@example.com", "quiet-river-29"))
    tokens = log_in.sync(client=stranger, body=LoginForm("quiet-river-29", email="layla@example.com"))
assert isinstance(tokens, LoginAnswer), tokens  # or a Problem, whose detail says what to do
with AuthenticatedClient(BASE_URL, tokens.access) as layla:
    session = log_session.sync(client=layla, body=LogSession(LogSessionMeditationType.GRATITUDE, 25))
# that is all

print(session)
