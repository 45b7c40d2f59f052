"""The tables. Migrations make them; a test holds both to the same shape."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ACCOUNT_ID = String(12)
REGION = String(32)
KEY_ID = String(36)
MATERIAL_ID = String(64)
ALIAS_NAME = String(256)
CUSTOM_KEY_STORE_ID = String(64)
TAG_KEY = String(128)
# A grant's principal: the longest are ARNs of federated users and names of services.
GRANT_PRINCIPAL = String(256)
# The longest is the name of a service.
OWNER_ID = String(128)

installation = Table(
    "installation",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("default_region", REGION, nullable=False),
    Column("creation_date", Float, nullable=False),
    Column("clock_offset", Float, nullable=False),
    CheckConstraint("row = 1", name="single"),
)

store_keys = Table(
    "store_keys",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("root_key_id", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", ACCOUNT_ID, primary_key=True),
    Column("creation_date", Float, nullable=False),
    Column("alias", String(63), nullable=True),
    Index(None, "alias", unique=True),
)

# One entity a row: users, groups, roles, managed policies and what else an account keeps by kind and name.
identities = Table(
    "identities",
    metadata,
    Column("account_id", ACCOUNT_ID, ForeignKey("accounts.account_id"), primary_key=True),
    Column("kind", String(32), primary_key=True),
    # The name in lower case: names are unique without regard to case.
    Column("name_key", String(256), primary_key=True),
    Column("unique_id", String(21), nullable=True),
    Column("body", Text, nullable=False),
    Index(None, "unique_id", unique=True),
)

services = Table(
    "services",
    metadata,
    Column("service", OWNER_ID, primary_key=True),
    Column("managed_alias", ALIAS_NAME, nullable=True),
)

access_keys = Table(
    "access_keys",
    metadata,
    Column("access_key_id", String(128), primary_key=True),
    Column("owner_id", OWNER_ID, nullable=False),
    # A service belongs to no account.
    Column("account_id", ACCOUNT_ID, ForeignKey("accounts.account_id"), nullable=True),
    Column("status", String(16), nullable=False),
    Column("store_key", Integer, ForeignKey("store_keys.version"), nullable=False),
    Column("wrapped_secret", LargeBinary, nullable=False),
    Column("creation_date", Float, nullable=False),
    Column("last_used_date", Float, nullable=True),
    Column("last_used_region", REGION, nullable=True),
    Column("last_used_service", String(64), nullable=True),
    Index(None, "owner_id"),
)

# One custom key store a row; what depends on its type is in `configuration`, as JSON.
custom_key_stores = Table(
    "custom_key_stores",
    metadata,
    Column("account_id", ACCOUNT_ID, ForeignKey("accounts.account_id"), primary_key=True),
    Column("region", REGION, primary_key=True),
    Column("custom_key_store_id", CUSTOM_KEY_STORE_ID, primary_key=True),
    Column("name", String(256), nullable=False),
    Column("type", String(32), nullable=False),
    Column("creation_date", Float, nullable=False),
    Column("connection_state", String(16), nullable=False),
    Column("connection_error_code", String(64), nullable=True),
    Column("configuration", Text, nullable=False),
    # The URI of an external key store's proxy, in lower case.
    Column("xks_address", String(256), nullable=True),
    Column("store_key", Integer, ForeignKey("store_keys.version"), nullable=False),
    Column("wrapped_secret", LargeBinary, nullable=False),
    Index(None, "account_id", "region", "name", unique=True),
    Index(None, "region", "xks_address", unique=True),
    Index(None, "connection_state"),
)

keys = Table(
    "keys",
    metadata,
    Column("account_id", ACCOUNT_ID, ForeignKey("accounts.account_id"), primary_key=True),
    Column("region", REGION, primary_key=True),
    Column("key_id", KEY_ID, primary_key=True),
    Column("description", Text, nullable=False),
    Column("key_spec", String(32), nullable=False),
    Column("key_usage", String(32), nullable=False),
    Column("origin", String(32), nullable=False),
    Column("manager", String(16), nullable=False),
    Column("state", String(32), nullable=False),
    Column("creation_date", Float, nullable=False),
    Column("deletion_date", Float, nullable=True),
    Column("pending_window_in_days", Integer, nullable=True),
    Column("policy", Text, nullable=False),
    Column("current_material_id", MATERIAL_ID, nullable=True),
    Column("public_key", LargeBinary, nullable=True),
    Column("multi_region_key_type", String(16), nullable=True),
    Column("rotation_period_in_days", Integer, nullable=True),
    Column("next_rotation_date", Float, nullable=True),
    Column("on_demand_rotation_start_date", Float, nullable=True),
    Column("custom_key_store_id", CUSTOM_KEY_STORE_ID, nullable=True),
    Column("backing_key_id", String(128), nullable=True),
    ForeignKeyConstraint(
        ["account_id", "region", "custom_key_store_id"],
        ["custom_key_stores.account_id", "custom_key_stores.region", "custom_key_stores.custom_key_store_id"],
    ),
    Index(None, "account_id", "region", "custom_key_store_id", "backing_key_id", unique=True),
    Index(None, "deletion_date"),
    Index(None, "next_rotation_date"),
    Index(None, "on_demand_rotation_start_date"),
    # So that the related keys of a multi-Region key are found.
    Index(None, "key_id", "account_id"),
    # Most keys stay in the states that nothing has to be done for.
    Index(None, "state"),
    # So that counting an account's keys reads no row.
    Index(None, "account_id", "region", "manager"),
)


def _belongs_to_key(column: str = "key_id") -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["account_id", "region", column], ["keys.account_id", "keys.region", "keys.key_id"])


key_materials = Table(
    "key_materials",
    metadata,
    Column("account_id", ACCOUNT_ID, primary_key=True),
    Column("region", REGION, primary_key=True),
    Column("key_id", KEY_ID, primary_key=True),
    Column("material_id", MATERIAL_ID, primary_key=True),
    Column("state", String(64), nullable=False),
    Column("store_key", Integer, ForeignKey("store_keys.version"), nullable=True),
    Column("wrapped", LargeBinary, nullable=True),
    Column("creation_date", Float, nullable=False),
    Column("rotation_date", Float, nullable=True),
    Column("rotation_type", String(16), nullable=True),
    Column("expiration_model", String(32), nullable=True),
    Column("valid_to", Float, nullable=True),
    Column("description", String(256), nullable=True),
    Index(None, "valid_to"),
    _belongs_to_key(),
)

key_uses = Table(
    "key_uses",
    metadata,
    Column("account_id", ACCOUNT_ID, primary_key=True),
    Column("region", REGION, primary_key=True),
    Column("key_id", KEY_ID, primary_key=True),
    Column("operation", String(64), nullable=False),
    Column("date", Float, nullable=False),
    Column("event_id", String(36), nullable=False),
    Column("request_id", String(36), nullable=False),
    _belongs_to_key(),
)

aliases = Table(
    "aliases",
    metadata,
    Column("account_id", ACCOUNT_ID, primary_key=True),
    Column("region", REGION, primary_key=True),
    Column("name", ALIAS_NAME, primary_key=True),
    Column("target_key_id", KEY_ID, nullable=False),
    Column("creation_date", Float, nullable=False),
    Column("last_updated_date", Float, nullable=False),
    _belongs_to_key("target_key_id"),
    Index(None, "account_id", "region", "target_key_id", "name"),
)

tags = Table(
    "tags",
    metadata,
    Column("account_id", ACCOUNT_ID, primary_key=True),
    Column("region", REGION, primary_key=True),
    Column("key_id", KEY_ID, primary_key=True),
    Column("tag_key", TAG_KEY, primary_key=True),
    Column("tag_value", String(256), nullable=False),
    _belongs_to_key(),
)

grants = Table(
    "grants",
    metadata,
    Column("account_id", ACCOUNT_ID, primary_key=True),
    Column("region", REGION, primary_key=True),
    Column("key_id", KEY_ID, primary_key=True),
    Column("grant_id", String(64), primary_key=True),
    Column("name", String(256), nullable=False),
    Column("grantee", GRANT_PRINCIPAL, nullable=False),
    Column("retiring", GRANT_PRINCIPAL, nullable=True),
    Column("operations", Text, nullable=False),
    Column("constraints", Text, nullable=False),
    Column("issuing_account", ACCOUNT_ID, nullable=False),
    Column("creation_date", Float, nullable=False),
    _belongs_to_key(),
    Index(None, "account_id", "region", "key_id", "grantee", "grant_id"),
    Index(None, "region", "retiring", "account_id", "key_id", "grant_id"),
)

changes = Table(
    "changes",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("date", Float, nullable=False),
    sqlite_autoincrement=True,
)

audit_outbox = Table(
    "audit_outbox",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("record", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
