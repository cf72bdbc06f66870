"""Milepost: progress of long-running cloud tasks, told in Slack."""

__version__ = "0.1.0"
