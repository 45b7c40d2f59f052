"""Who makes a request: signatures, credentials and sessions."""
