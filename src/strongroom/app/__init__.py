"""The composition root: from settings to root key, store, clock, trail and the workers that serve."""
