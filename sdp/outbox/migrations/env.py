"""The environment that Alembic runs the migrations in: one connection, handed in."""

from __future__ import annotations

from alembic import context

from sdp.outbox.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
