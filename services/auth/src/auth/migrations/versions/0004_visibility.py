"""Who sees a person's figures."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute(
        """
        alter table account add column visibility text not null default 'companions'
            check (visibility in ('companions', 'everybody', 'nobody'))
        """
    )
