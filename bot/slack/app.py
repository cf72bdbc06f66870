"""The Bolt app for one workspace, before anything listens."""

import logging
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

_log = structlog.get_logger(__name__)


def make_app(client: AsyncWebClient, *, signing_secret: str, me: AuthorizeResult) -> AsyncApp:
    """Return a Bolt app for one workspace.

    *me* is what auth.test said at the start. Given as a function it also keeps Bolt from turning into an OAuth app
    where SLACK_CLIENT_ID happens to be set.
    """

    async def authorize() -> AuthorizeResult:
        return me

    # Bolt warns that it will not read SLACK_BOT_TOKEN, which is just what is wanted here.
    logger = logging.getLogger("slack_bolt.AsyncApp")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        app = AsyncApp(
            logger=logger,
            name="milepost",
            client=client,
            authorize=authorize,
            signing_secret=signing_secret,
            raise_error_for_unhandled_request=True,
        )
    finally:
        logger.setLevel(level)
    app.error(_failed)
    return app


async def _failed(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
    """Acknowledge what has no listener: an event would be delivered again and again, a press shows a warning sign.

    A slash command without one is an error that the person must see.
    """
    event = body.get("event")
    kind = (event if isinstance(event, dict) else body).get("type") or body.get("command")
    if not isinstance(error, BoltUnhandledRequestError):
        _log.error("a payload could not be handled", kind=kind, exc_info=error)
        return None
    _log.warning("Slack sent something that nothing listens to", kind=kind)
    return None if "command" in body else BoltResponse(status=200, body="")
