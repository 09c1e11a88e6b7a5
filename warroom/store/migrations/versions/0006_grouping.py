"""What groups alerts, and what people changed of it."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_number: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables and columns, and count what was grouped before."""
    _add_tables()
    for column in (
        sa.Column("risk", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("risk_parts", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("folded", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("lead_kind", sa.String(), nullable=True),
        sa.Column("lead_value", sa.Text(), nullable=True),
        sa.Column("shaped", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("merged_into", _number, nullable=True),
        sa.Column("follows_id", _number, nullable=True),
        sa.Column("grew_at", sa.BigInteger(), nullable=True),
    ):
        op.add_column("incidents", column)
    op.add_column("alerts", sa.Column("grouped_count", sa.BigInteger(), nullable=False, server_default="0"))
    op.drop_index("ix_alerts_waiting", table_name="alerts")
    waiting = sa.text("waiting")
    columns = ["first_at", "id"]
    op.create_index(op.f("ix_alerts_first_at_id"), "alerts", columns, sqlite_where=waiting, postgresql_where=waiting)
    for column in (
        sa.Column("alerts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("joins", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("first_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("last_at", sa.BigInteger(), nullable=False, server_default="0"),
    ):
        op.add_column("incident_entities", column)
    _count()


def _add_tables() -> None:
    op.create_table(
        "group_keys",
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("regrouping_id", _number, nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name=op.f("fk_group_keys_incident_id_incidents")),
        sa.PrimaryKeyConstraint("incident_id", "kind", "value", name=op.f("pk_group_keys")),
    )
    op.create_index(op.f("ix_group_keys_kind_value"), "group_keys", ["kind", "value"])
    op.create_index(op.f("ix_group_keys_regrouping_id"), "group_keys", ["regrouping_id"])
    op.create_table(
        "entity_spread",
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("partners", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("platform_id", "kind", "value", name=op.f("pk_entity_spread")),
    )
    op.create_index(op.f("ix_entity_spread_seen_at"), "entity_spread", ["seen_at"])
    op.create_table(
        "incident_rules",
        sa.Column("incident_id", _number, nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_th", sa.Text(), nullable=False),
        sa.Column("alerts", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_incident_rules_incident_id_incidents")
        ),
        sa.PrimaryKeyConstraint("incident_id", "rule_id", "severity", name=op.f("pk_incident_rules")),
    )
    op.create_index(op.f("ix_incident_rules_rule_id"), "incident_rules", ["rule_id"])
    op.create_table(
        "regroupings",
        sa.Column("id", _number, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source_id", _number, nullable=False),
        sa.Column("target_id", _number, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("alert_count", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("undone_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["incidents.id"], name=op.f("fk_regroupings_source_id_incidents")),
        sa.ForeignKeyConstraint(["target_id"], ["incidents.id"], name=op.f("fk_regroupings_target_id_incidents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regroupings")),
    )
    op.create_index(op.f("ix_regroupings_source_id"), "regroupings", ["source_id"])
    op.create_index(op.f("ix_regroupings_target_id"), "regroupings", ["target_id"])
    op.create_table(
        "regrouped_alerts",
        sa.Column("regrouping_id", _number, nullable=False),
        sa.Column("alert_id", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["regrouping_id"], ["regroupings.id"], name=op.f("fk_regrouped_alerts_regrouping_id_regroupings")
        ),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_regrouped_alerts_alert_id_alerts")),
        sa.PrimaryKeyConstraint("regrouping_id", "alert_id", name=op.f("pk_regrouped_alerts")),
    )
    op.create_index(op.f("ix_regrouped_alerts_alert_id"), "regrouped_alerts", ["alert_id"])


def _count() -> None:
    """Count what was folded before there were counts."""
    op.execute("UPDATE alerts SET grouped_count = count WHERE incident_id IS NOT NULL")
    op.execute(
        "UPDATE incident_entities SET first_at = incidents.first_at, last_at = incidents.last_at "
        "FROM incidents WHERE incidents.id = incident_entities.incident_id"
    )
    for column in ("kind", "value"):
        op.execute(
            f"UPDATE incidents SET lead_{column} = (SELECT {column} FROM incident_entities "  # noqa: S608 - our own names
            "WHERE incident_id = incidents.id ORDER BY CASE kind WHEN 'address' THEN 0 WHEN 'user' THEN 1 "
            "WHEN 'device' THEN 2 ELSE 3 END, value LIMIT 1)"
        )
    op.execute(
        "INSERT INTO incident_rules (incident_id, rule_id, severity, title, title_th, alerts, events, first_at, "
        "last_at, raised_at) SELECT incident_id, rule_id, severity, MIN(rule_title), MIN(rule_title_th), "
        "COUNT(*), SUM(count), MIN(first_at), MAX(last_at), MIN(raised_at) FROM alerts "
        "WHERE incident_id IS NOT NULL GROUP BY incident_id, rule_id, severity"
    )
