"""A migration of khatma's that makes a table and then fails."""

_MIGRATION = """
from alembic import op
revision, down_revision = 'half', '{head}'
def upgrade():
    op.execute('create table half_made (id int)')
    op.execute('select 1 / 0')
"""
FIND_VERSIONS = (
    "import khatma.migrations as m, os; print(os.path.dirname(m.__file__) + '/versions')"
)
"""Run in an image of khatma's, it prints the folder where such a file goes."""


def migration(head: str) -> str:
    """Return the file that comes after the version `head`."""
    return _MIGRATION.format(head=head)
