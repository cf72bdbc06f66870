"""The store of several machines: PostgreSQL does the locking, the leasing and the transactions."""
