"""What is kept, in a database that commits durably; knows nothing of HTTP, policies or cryptography."""
