"""Runs migrations on the engine that `storage.migrate` hands over."""

from alembic import context

from strongroom.storage.engine import IMMEDIATE
from strongroom.storage.schema import metadata

engine = context.config.attributes["engine"]
with engine.execution_options(**{IMMEDIATE: True}).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
