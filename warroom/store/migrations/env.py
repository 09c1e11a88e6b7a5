"""Runs Alembic's migrations on the connection that State.migrate() hands over."""

from __future__ import annotations

from alembic import context

from warroom.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the caller's transaction holds it all
)
context.run_migrations()
