"""The way from Slack to the bot. Both ways hand what comes to the same listeners."""

from typing import Protocol


class Connection(Protocol):
    """How Slack reaches us: Socket Mode, or HTTP requests."""

    async def open(self) -> None:
        """Begin to receive; raises OSError where that cannot work."""
        ...

    async def watch(self) -> None:
        """Look whether Slack still reaches us, and mend it where not. Called by a tick."""
        ...

    async def stop_receiving(self) -> None:
        """Take nothing new; what is under way may still answer."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...
