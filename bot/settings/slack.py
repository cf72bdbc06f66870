"""The table [slack]: the workspace and how it is reached."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator

from bot.core.zones import close_zone, is_zone
from bot.settings.problems import misfit
from bot.settings.section import CHANNEL_ID, Section, split_url
from bot.settings.values import Address, parse_address

SLACK_API = "https://slack.com/api/"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Slack(Section):
    """The workspace that Milepost talks to. Where neither token is set, `milepost run` starts the playground instead.

    Create the app from `manifest.yaml`; *OAuth & Permissions* then shows the bot token, and *Basic Information* the
    app-level token (scope `connections:write`) and the signing secret.
    """

    mode: Literal["socket", "http"] = Field(
        default="socket",
        description="How Slack reaches the bot: `socket` opens a connection to Slack and needs `app_token`; "
        "`http` waits for Slack's requests at `/slack/events` and needs `signing_secret`",
        examples=["socket"],
    )
    bot_token: SecretStr | None = Field(
        default=None,
        description="The bot token, which begins with `xoxb-`",
        examples=["env:SLACK_BOT_TOKEN"],
        json_schema_extra={"reference": "env:SLACK_BOT_TOKEN"},
    )
    app_token: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="The app-level token for Socket Mode, which begins with `xapp-`",
        examples=["env:SLACK_APP_TOKEN"],
        json_schema_extra={"reference": "env:SLACK_APP_TOKEN"},
    )
    signing_secret: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="What Slack signs its requests with in HTTP mode",
        examples=["env:SLACK_SIGNING_SECRET"],
        json_schema_extra={"reference": "env:SLACK_SIGNING_SECRET"},
    )
    listen: Annotated[Address, BeforeValidator(parse_address)] = Field(
        default=Address(host="127.0.0.1", port=3000),
        description="Where HTTP mode listens, host and port; put a TLS proxy in front",
        examples=["127.0.0.1:3000"],
    )
    api_url: str = Field(
        default=SLACK_API,
        description="Slack's Web API: https (http on this machine only), ending with `/`",
        examples=[SLACK_API],
    )
    operators: str | None = Field(
        default=None,
        description="The id of a channel that hears what needs an operator, such as a refused account, and every "
        "change that somebody makes",
        examples=["C0123456789"],
    )
    zone: str = Field(
        default="UTC",
        description="The time zone (IANA name) of a time of day that somebody types without one, where Slack does not "
        "tell theirs",
        examples=["Europe/Berlin"],
    )

    @property
    def configured(self) -> bool:
        """Whether there is a workspace to talk to; without one the bot runs in the playground."""
        return self.bot_token is not None

    @field_validator("bot_token")
    @classmethod
    def _is_bot_token(cls, token: SecretStr | None) -> SecretStr | None:
        return _with_prefix(token, "xoxb-")

    @field_validator("app_token")
    @classmethod
    def _fits_mode(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        token = _with_prefix(token, "xapp-")
        if "bot_token" not in info.data or "mode" not in info.data:
            return token
        if token is None and info.data["bot_token"] is not None and info.data["mode"] == "socket":
            raise misfit(
                'is not set, but mode = "socket" needs it beside bot_token', key="app_token", with_keys=["bot_token"]
            )
        if token is not None and info.data["bot_token"] is None:
            raise misfit("is not set, but app_token is; Slack needs both", key="bot_token", with_keys=["app_token"])
        return token

    @field_validator("signing_secret")
    @classmethod
    def _signs_requests(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is not None and not secret.get_secret_value().strip():
            raise misfit("is empty")
        if info.data.get("mode") != "http" or "bot_token" not in info.data:
            return secret
        if secret is None and info.data["bot_token"] is not None:
            raise misfit('is not set, but mode = "http" needs it', key="signing_secret", with_keys=["bot_token"])
        # With an app token the missing bot token is told there already.
        if secret is not None and info.data["bot_token"] is None and info.data.get("app_token", "") is None:
            raise misfit(
                "is not set, but signing_secret is", key="bot_token", with_keys=["app_token", "signing_secret"]
            )
        return secret

    @field_validator("api_url")
    @classmethod
    def _is_private(cls, url: str) -> str:
        """Tokens travel there: in the clear only on this machine."""
        parts = split_url(url)
        if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
            raise misfit("is not a web address")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise misfit("has a user, a query or a fragment in it")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise misfit("is not https")
        if not url.endswith("/"):
            raise misfit('does not end with "/"')
        return url

    @field_validator("operators")
    @classmethod
    def _is_channel(cls, channel: str | None) -> str | None:
        if channel is not None and not CHANNEL_ID.fullmatch(channel):
            raise misfit("is not a channel id; Slack shows it at the foot of the channel's details")
        return channel

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, zone: str) -> str:
        if not is_zone(zone):
            close = close_zone(zone)
            raise misfit("is no time zone that this machine knows" + (f"; did you mean {close}?" if close else ""))
        return zone


def _with_prefix(token: SecretStr | None, prefix: str) -> SecretStr | None:
    if token is None:
        return None
    text = token.get_secret_value()
    if not text.strip():
        raise misfit("is empty")
    if not text.startswith(prefix):
        other = next((known for known in ("xoxb-", "xapp-", "xoxp-", "xoxe.") if text.startswith(known)), None)
        raise misfit(f"begins with {other}, not with {prefix}" if other else f"does not begin with {prefix}")
    if not re.fullmatch(r"[A-Za-z0-9-]+", text.removeprefix(prefix)):
        raise misfit("has characters in it that no token has, or nothing after its beginning")
    return token
