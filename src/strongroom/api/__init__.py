"""The operations, each in one place: its types, what it needs and what it does."""
