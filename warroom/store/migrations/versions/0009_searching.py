"""Events by minute and hour, and what people keep of their searches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; events of before are not counted in them."""
    for span in ("minute", "hour"):
        op.create_table(
            f"event_{span}s",
            sa.Column(span, sa.BigInteger(), autoincrement=False, nullable=False),
            sa.Column("platform_id", sa.String(), nullable=False),
            sa.Column("count", sa.BigInteger(), nullable=False),
            sa.Column("told", sa.BigInteger(), nullable=False),
            sa.Column("failures", sa.BigInteger(), nullable=False),
            sa.PrimaryKeyConstraint(span, "platform_id", name=op.f(f"pk_event_{span}s")),
        )
    op.create_table(
        "event_countries",
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "platform_id", "country", name=op.f("pk_event_countries")),
    )
    op.create_table(
        "loaded_tags",
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_loaded_tags")),
    )
    op.create_table(
        "search_history",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("span", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_history")),
    )
    op.create_index(op.f("ix_search_history_actor_id"), "search_history", ["actor", "id"])
    op.create_table(
        "saved_searches",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("span", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
    )
    op.create_index(op.f("ix_saved_searches_owner_name"), "saved_searches", ["owner", "name"], unique=True)
    op.create_table(
        "preferences",
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "name", name=op.f("pk_preferences")),
    )
