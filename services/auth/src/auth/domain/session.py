"""How long sessions and their tokens last."""

from datetime import UTC, datetime, timedelta

REFRESH = timedelta(days=90)

# Whoever logs in more often has a program that forgets its tokens; their oldest session ends.
MOST_FOR_ONE = 100
ENDED_AT_ONCE = 100

# Gateways that start or were cut off ask for what ended while a token may still live, and for
# five minutes more; an ended session is kept longer than that, whatever the two clocks say.
KEPT_PAST_TOKENS = timedelta(minutes=15)

# A refresh token that was spent this shortly before was so by the same request, where the broker
# delivers that again; no caller waits longer than a gateway may be told to (its deadline_seconds).
REDELIVERY = timedelta(seconds=60)
NEVER = datetime.max.replace(tzinfo=UTC)

# A token may be made by one instance while another deletes its account, and no two clocks agree.
# Since the id never comes back, all tokens of the next seconds may be declared dead with it.
LATE_TOKENS = timedelta(seconds=5)
