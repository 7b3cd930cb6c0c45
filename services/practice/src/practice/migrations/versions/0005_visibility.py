"""Who sees a person's figures and their name on the leaderboard."""

from alembic import op

from person.columns import added

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute(added("visibility"))
