"""Every sentence that a person can read, as functions from values to messages."""
