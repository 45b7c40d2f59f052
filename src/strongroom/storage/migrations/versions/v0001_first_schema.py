"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("creation_date", sa.Float(), nullable=False),
        sa.Column("alias", sa.String(length=63), nullable=True),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
    )
    op.create_index(op.f("ix_accounts_alias"), "accounts", ["alias"], unique=True)
    op.create_table(
        "audit_outbox",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "changes",
        sa.Column("sequence", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("date", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "installation",
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("default_region", sa.String(length=32), nullable=False),
        sa.Column("creation_date", sa.Float(), nullable=False),
        sa.Column("clock_offset", sa.Float(), nullable=False),
        sa.CheckConstraint("row = 1", name=op.f("ck_installation_single")),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_installation")),
    )
    op.create_table(
        "services",
        sa.Column("service", sa.String(length=128), nullable=False),
        sa.Column("managed_alias", sa.String(length=256), nullable=True),
        sa.PrimaryKeyConstraint("service", name=op.f("pk_services")),
    )
    op.create_table(
        "store_keys",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root_key_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_store_keys")),
    )
    op.create_table(
        "access_keys",
        sa.Column("access_key_id", sa.String(length=128), nullable=False),
        sa.Column("owner_id", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.String(length=12), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("store_key", sa.Integer(), nullable=False),
        sa.Column("wrapped_secret", sa.LargeBinary(), nullable=False),
        sa.Column("creation_date", sa.Float(), nullable=False),
        sa.Column("last_used_date", sa.Float(), nullable=True),
        sa.Column("last_used_region", sa.String(length=32), nullable=True),
        sa.Column("last_used_service", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_access_keys_accounts")),
        sa.ForeignKeyConstraint(["store_key"], ["store_keys.version"], name=op.f("fk_access_keys_store_keys")),
        sa.PrimaryKeyConstraint("access_key_id", name=op.f("pk_access_keys")),
    )
    op.create_index(op.f("ix_access_keys_owner_id"), "access_keys", ["owner_id"], unique=False)
    op.create_table(
        "identities",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name_key", sa.String(length=256), nullable=False),
        sa.Column("unique_id", sa.String(length=21), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_identities_accounts")),
        sa.PrimaryKeyConstraint("account_id", "kind", "name_key", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_unique_id"), "identities", ["unique_id"], unique=True)
    op.create_table(
        "custom_key_stores",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("custom_key_store_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("creation_date", sa.Float(), nullable=False),
        sa.Column("connection_state", sa.String(length=16), nullable=False),
        sa.Column("connection_error_code", sa.String(length=64), nullable=True),
        sa.Column("configuration", sa.Text(), nullable=False),
        sa.Column("xks_address", sa.String(length=256), nullable=True),
        sa.Column("store_key", sa.Integer(), nullable=False),
        sa.Column("wrapped_secret", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_custom_key_stores_accounts")),
        sa.ForeignKeyConstraint(["store_key"], ["store_keys.version"], name=op.f("fk_custom_key_stores_store_keys")),
        sa.PrimaryKeyConstraint("account_id", "region", "custom_key_store_id", name=op.f("pk_custom_key_stores")),
    )
    op.create_index(
        op.f("ix_custom_key_stores_account_id_region_name"),
        "custom_key_stores",
        ["account_id", "region", "name"],
        unique=True,
    )
    op.create_index(
        op.f("ix_custom_key_stores_region_xks_address"), "custom_key_stores", ["region", "xks_address"], unique=True
    )
    op.create_index(
        op.f("ix_custom_key_stores_connection_state"), "custom_key_stores", ["connection_state"], unique=False
    )
    op.create_table(
        "keys",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("key_spec", sa.String(length=32), nullable=False),
        sa.Column("key_usage", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("manager", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("creation_date", sa.Float(), nullable=False),
        sa.Column("deletion_date", sa.Float(), nullable=True),
        sa.Column("pending_window_in_days", sa.Integer(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("current_material_id", sa.String(length=64), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("multi_region_key_type", sa.String(length=16), nullable=True),
        sa.Column("rotation_period_in_days", sa.Integer(), nullable=True),
        sa.Column("next_rotation_date", sa.Float(), nullable=True),
        sa.Column("on_demand_rotation_start_date", sa.Float(), nullable=True),
        sa.Column("custom_key_store_id", sa.String(length=64), nullable=True),
        sa.Column("backing_key_id", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "region", "custom_key_store_id"],
            ["custom_key_stores.account_id", "custom_key_stores.region", "custom_key_stores.custom_key_store_id"],
            name=op.f("fk_keys_custom_key_stores"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_keys_accounts")),
        sa.PrimaryKeyConstraint("account_id", "region", "key_id", name=op.f("pk_keys")),
    )
    op.create_index(
        op.f("ix_keys_account_id_region_custom_key_store_id_backing_key_id"),
        "keys",
        ["account_id", "region", "custom_key_store_id", "backing_key_id"],
        unique=True,
    )
    op.create_index(
        op.f("ix_keys_account_id_region_manager"), "keys", ["account_id", "region", "manager"], unique=False
    )
    op.create_index(op.f("ix_keys_deletion_date"), "keys", ["deletion_date"], unique=False)
    op.create_index(op.f("ix_keys_key_id_account_id"), "keys", ["key_id", "account_id"], unique=False)
    op.create_index(op.f("ix_keys_next_rotation_date"), "keys", ["next_rotation_date"], unique=False)
    op.create_index(
        op.f("ix_keys_on_demand_rotation_start_date"), "keys", ["on_demand_rotation_start_date"], unique=False
    )
    op.create_index(op.f("ix_keys_state"), "keys", ["state"], unique=False)
    op.create_table(
        "aliases",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("target_key_id", sa.String(length=36), nullable=False),
        sa.Column("creation_date", sa.Float(), nullable=False),
        sa.Column("last_updated_date", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "region", "target_key_id"],
            ["keys.account_id", "keys.region", "keys.key_id"],
            name=op.f("fk_aliases_keys"),
        ),
        sa.PrimaryKeyConstraint("account_id", "region", "name", name=op.f("pk_aliases")),
    )
    op.create_index(
        op.f("ix_aliases_account_id_region_target_key_id_name"),
        "aliases",
        ["account_id", "region", "target_key_id", "name"],
        unique=False,
    )
    op.create_table(
        "grants",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("grant_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("grantee", sa.String(length=256), nullable=False),
        sa.Column("retiring", sa.String(length=256), nullable=True),
        sa.Column("operations", sa.Text(), nullable=False),
        sa.Column("constraints", sa.Text(), nullable=False),
        sa.Column("issuing_account", sa.String(length=12), nullable=False),
        sa.Column("creation_date", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "region", "key_id"],
            ["keys.account_id", "keys.region", "keys.key_id"],
            name=op.f("fk_grants_keys"),
        ),
        sa.PrimaryKeyConstraint("account_id", "region", "key_id", "grant_id", name=op.f("pk_grants")),
    )
    op.create_index(
        op.f("ix_grants_account_id_region_key_id_grantee_grant_id"),
        "grants",
        ["account_id", "region", "key_id", "grantee", "grant_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_grants_region_retiring_account_id_key_id_grant_id"),
        "grants",
        ["region", "retiring", "account_id", "key_id", "grant_id"],
        unique=False,
    )
    op.create_table(
        "key_materials",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("material_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("store_key", sa.Integer(), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("creation_date", sa.Float(), nullable=False),
        sa.Column("rotation_date", sa.Float(), nullable=True),
        sa.Column("rotation_type", sa.String(length=16), nullable=True),
        sa.Column("expiration_model", sa.String(length=32), nullable=True),
        sa.Column("valid_to", sa.Float(), nullable=True),
        sa.Column("description", sa.String(length=256), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "region", "key_id"],
            ["keys.account_id", "keys.region", "keys.key_id"],
            name=op.f("fk_key_materials_keys"),
        ),
        sa.ForeignKeyConstraint(["store_key"], ["store_keys.version"], name=op.f("fk_key_materials_store_keys")),
        sa.PrimaryKeyConstraint("account_id", "region", "key_id", "material_id", name=op.f("pk_key_materials")),
    )
    op.create_index(op.f("ix_key_materials_valid_to"), "key_materials", ["valid_to"], unique=False)
    op.create_table(
        "key_uses",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("operation", sa.String(length=64), nullable=False),
        sa.Column("date", sa.Float(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "region", "key_id"],
            ["keys.account_id", "keys.region", "keys.key_id"],
            name=op.f("fk_key_uses_keys"),
        ),
        sa.PrimaryKeyConstraint("account_id", "region", "key_id", name=op.f("pk_key_uses")),
    )
    op.create_table(
        "tags",
        sa.Column("account_id", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=36), nullable=False),
        sa.Column("tag_key", sa.String(length=128), nullable=False),
        sa.Column("tag_value", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "region", "key_id"],
            ["keys.account_id", "keys.region", "keys.key_id"],
            name=op.f("fk_tags_keys"),
        ),
        sa.PrimaryKeyConstraint("account_id", "region", "key_id", "tag_key", name=op.f("pk_tags")),
    )
