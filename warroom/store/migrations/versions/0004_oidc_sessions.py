"""Sessions that an OpenID Connect provider vouches for: what it takes to ask the provider again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table; no session of before is a provider's."""
    op.create_table(
        "oidc_sessions",
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("provider_session", sa.String(), nullable=True),
        sa.Column("tokens_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["token_sha256"],
            ["sessions.token_sha256"],
            name=op.f("fk_oidc_sessions_token_sha256_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_oidc_sessions")),
    )
    op.create_index(op.f("ix_oidc_sessions_due_at"), "oidc_sessions", ["due_at"], unique=False)
