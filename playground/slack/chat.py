"""The chat.* methods."""

import re
from collections.abc import Callable
from typing import Any

from playground.slack import names
from playground.slack.arguments import Arguments
from playground.slack.content import TEXT_IN_UPDATE, cut_text, needs_something, read_content, read_metadata
from playground.slack.errors import Refusal
from playground.slack.members import require_member, require_readable
from playground.slack.tokens import Tokens
from playground.slack.workspace import Channel, Json, Workspace

TS = re.compile(r"\d{1,12}\.\d{6}")


class Chat:
    """Posts, edits and deletes for the bot."""

    def __init__(self, workspace: Workspace, url: Callable[[], str], tokens: Tokens, *, unthread_orphans: bool) -> None:
        self._workspace = workspace
        self._url = url
        self._tokens = tokens
        self._unthread_orphans = unthread_orphans

    def post(self, arguments: Arguments, *, unthread: bool = False) -> Json:
        """chat.postMessage."""
        everywhere = "chat:write.public" in self._tokens.scopes
        channel = require_member(self._workspace, arguments.text("channel"), or_public=everywhere)
        if channel.is_archived:
            raise Refusal("is_archived")
        content = read_content(arguments)
        needs_something(content)
        warnings = cut_text(content)
        metadata = read_metadata(arguments)
        thread = self._thread(channel, arguments.text("thread_ts"))
        message = self.author() | {"text": ""} | content
        if metadata:
            message["metadata"] = metadata
        if thread is not None and not unthread:
            message |= {"thread_ts": thread["ts"], "parent_user_id": thread["user"]}
            if arguments.flag("reply_broadcast"):
                message |= {
                    "subtype": "thread_broadcast",
                    "root": {"ts": thread["ts"], "text": thread["text"], "user": thread["user"]},
                }
        posted = self._workspace.add(channel, message)
        answer: Json = {"channel": channel.id, "ts": posted["ts"], "message": posted}
        if warnings:
            answer |= {"warning": ",".join(warnings), "response_metadata": {"warnings": warnings}}
        return answer

    def update(self, arguments: Arguments) -> Json:
        """chat.update."""
        channel = self._workspace.channels.get(arguments.required("channel"))
        if channel is None or (channel.is_private and not channel.bot_in):
            raise Refusal("channel_not_found")
        message = self._own(channel, arguments.required("ts"), "cant_update_message")
        if channel.is_archived:
            raise Refusal("is_inactive")
        content = read_content(arguments)
        if len(content.get("text", "")) > TEXT_IN_UPDATE:
            raise Refusal("msg_too_long")
        metadata = read_metadata(arguments)
        if arguments.flag("reply_broadcast"):
            return self._promote(channel, message, content)
        changed = dict(message)
        if content:
            if not content.get("blocks") and not content.get("attachments") and not content.get("text", "").strip():
                raise Refusal("no_text")
            if (
                _only_rich_text(message.get("blocks"))
                and content.get("blocks")
                and not _only_rich_text(content["blocks"])
            ):
                raise Refusal("block_mismatch")
            if "text" in content and "blocks" not in content:
                # A text alone replaces the blocks, and is the one kind of edit that is marked as such.
                changed.pop("blocks", None)
                changed["edited"] = {"user": names.BOT_USER, "ts": self._workspace.timestamp()}
            changed |= content
            if changed.get("blocks") == []:
                del changed["blocks"]
        elif metadata is None:
            raise Refusal("no_text")
        if metadata is not None:
            changed["metadata"] = metadata
            if not metadata:
                del changed["metadata"]
        self._workspace.change(channel, changed)
        return {"channel": channel.id, "ts": changed["ts"], "text": changed["text"], "message": changed}

    def delete(self, arguments: Arguments) -> Json:
        """chat.delete."""
        channel = require_readable(self._workspace, arguments.required("channel"))
        message = self._own(channel, arguments.required("ts"), "cant_delete_message")
        self._workspace.remove(channel, message["ts"])
        return {"channel": channel.id, "ts": message["ts"]}

    def whisper(self, arguments: Arguments) -> Json:
        """chat.postEphemeral."""
        channel = require_member(self._workspace, arguments.required("channel"))
        user = arguments.required("user")
        if user not in self._workspace.members(channel):
            raise Refusal("user_not_in_channel")
        if channel.is_archived:
            raise Refusal("is_archived")
        content = read_content(arguments)
        needs_something(content)
        cut_text(content)
        thread = self._thread(channel, arguments.text("thread_ts"))
        shown = self._workspace.whisper(channel, user, content | {"thread_ts": thread["ts"] if thread else None})
        return {"message_ts": shown["ts"]}

    def permalink(self, arguments: Arguments) -> Json:
        """chat.getPermalink."""
        channel = self._workspace.channels.get(arguments.required("channel"))
        if channel is None:
            raise Refusal("channel_not_found")
        ts = arguments.required("message_ts")
        message = channel.messages.get(ts)
        if message is None:
            raise Refusal("message_not_found")
        link = f"{self._url()}/archives/{channel.id}/p{ts.replace('.', '')}"
        thread = message.get("thread_ts")
        if thread not in (None, ts):
            link += f"?thread_ts={thread}&cid={channel.id}"
        return {"channel": channel.id, "permalink": link}

    def author(self) -> Json:
        """The fields that say that the bot wrote a message."""
        return {
            "user": names.BOT_USER,
            "bot_id": names.BOT,
            "app_id": names.APP,
            "team": names.TEAM,
            "bot_profile": {"id": names.BOT, "app_id": names.APP, "name": names.BOT_NAME, "team_id": names.TEAM},
        }

    def _thread(self, channel: Channel, ts: str) -> Json | None:
        if not ts:
            return None
        if not TS.fullmatch(ts):
            raise Refusal("invalid_thread_ts")
        parent = channel.messages.get(ts)
        if parent is None or parent.get("subtype") == "tombstone":
            if self._unthread_orphans:
                return None
            raise Refusal("thread_not_found")
        # A reply's ts is no thread (docs.slack.dev/reference/methods/chat.postMessage).
        if parent.get("thread_ts", ts) != ts:
            raise Refusal("thread_not_found")
        return parent

    def _own(self, channel: Channel, ts: str, refusal: str) -> Json:
        message = channel.messages.get(ts)
        if message is None or message.get("subtype") == "tombstone":
            raise Refusal("message_not_found")
        if message.get("bot_id") != names.BOT:
            raise Refusal(refusal)
        return message

    def _promote(self, channel: Channel, message: Json, content: Json) -> Json:
        """Show a reply in the channel as well; its content cannot change in the same call."""
        if content:
            raise Refusal("no_dual_broadcast_content_update")
        thread = message.get("thread_ts")
        if thread in (None, message["ts"]):
            raise Refusal("cant_broadcast_message")
        parent = channel.messages.get(str(thread), {"text": "", "user": ""})
        root = {"ts": thread, "text": parent["text"], "user": parent["user"]}
        changed = message | {"subtype": "thread_broadcast", "root": root}
        self._workspace.change(channel, changed)
        return {"channel": channel.id, "ts": changed["ts"], "text": changed["text"], "message": changed}


def _only_rich_text(blocks: Any) -> bool:
    return bool(blocks) and all(block.get("type") == "rich_text" for block in blocks)
