"""Which NCSA category a loaded rule names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the column; the worker fills it when it loads the rules."""
    op.add_column("loaded_rules", sa.Column("ncsa_category", sa.Integer(), nullable=True))
