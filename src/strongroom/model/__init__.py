"""What every layer speaks of: identifiers, principals, key metadata, errors and time."""
