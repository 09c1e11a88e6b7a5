"""Sessions: from which address and by which browser they were opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the columns; of sessions of before it is not known."""
    for name in ("address", "browser"):
        op.add_column("sessions", sa.Column(name, sa.String(), nullable=False, server_default=""))
