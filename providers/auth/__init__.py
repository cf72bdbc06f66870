"""Authentication of each cloud, as httpx.Auth classes over pure signing functions."""
