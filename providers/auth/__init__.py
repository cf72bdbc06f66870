"""Authentication of each cloud, as classes over pure signing functions."""
