"""Reads a Web API call: form, JSON or query, as Slack does."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from playground.slack.errors import Refusal


async def read(request: web.Request) -> dict[str, Any]:
    """Return the arguments of a call, wherever they stand."""
    arguments: dict[str, Any] = dict(request.query)
    if request.method != "POST":
        return arguments
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text())
        except (ValueError, RecursionError):
            raise Refusal("invalid_json") from None
        except LookupError:
            raise Refusal("invalid_charset") from None
        if not isinstance(body, dict):
            raise Refusal("json_not_object")
        return arguments | body
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        try:
            form = await request.post()
        except LookupError:
            raise Refusal("invalid_charset") from None
        except ValueError:
            raise Refusal("invalid_form_data") from None
        return arguments | {key: value for key, value in form.items() if isinstance(value, str)}
    if request.can_read_body:
        raise Refusal("invalid_post_type")
    return arguments


class Arguments:
    """Typed access to the arguments of one call."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given

    def __contains__(self, name: str) -> bool:
        return self.given.get(name) is not None

    def text(self, name: str) -> str:
        """Return a string, "" when it is absent."""
        value = self.given.get(name)
        if value is None:
            return ""
        if isinstance(value, (dict, list, bool)):
            raise Refusal("invalid_arguments", [f"must provide a string [json-pointer:/{name}]"])
        return str(value)

    def required(self, name: str) -> str:
        """Return a string that must be there."""
        value = self.text(name)
        if not value:
            raise Refusal("invalid_arguments", [f"missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean in any of the spellings that Slack takes."""
        return str(self.given.get(name, "")).lower() in ("true", "1")

    def number(self, name: str, default: int) -> int:
        """Return a whole number."""
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise Refusal("invalid_arguments", [f"must be an integer [json-pointer:/{name}]"]) from None

    def structure(self, name: str, error: str) -> Any:
        """Return a JSON value, which a form carries as a string."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise Refusal(error) from None
