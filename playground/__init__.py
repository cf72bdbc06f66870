"""A workplace to try Milepost in: a Slack look-alike and the five clouds, simulated on their wire formats."""
