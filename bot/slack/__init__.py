"""The Slack edge: listeners, posting, connections."""
