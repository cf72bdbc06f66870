"""Every error code of posting and editing that Slack documents, and what each means for us.

From Slack's method reference for chat.postMessage and chat.update (docs.slack.dev/reference/methods), and the errors
common to all methods. Codes that are missing here will come: they count as a wrong payload once, then the
subscription pauses.
"""

import aiohttp
from slack_sdk.errors import SlackClientError

from bot.ports import PostResult, Refusal, Refused, RetryLater, Unclear

_CHANNEL_CLOSED = (
    "access_denied",
    "app_access_restricted",
    "channel_not_found",
    "ekm_access_denied",
    "is_archived",
    "is_inactive",
    "messages_tab_disabled",
    "no_permission",
    "not_in_channel",
    "posting_to_channel_denied",
    "restricted_action",
    "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "slack_connect_blocked_file_type",
    "slack_connect_canvas_sharing_blocked",
    "slack_connect_clip_sharing_blocked",
    "slack_connect_file_link_sharing_blocked",
    "slack_connect_file_upload_sharing_blocked",
    "slack_connect_lists_sharing_blocked",
)
_THREAD_CLOSED = (
    "cannot_reply_to_message",
    "invalid_thread_ts",
    "restricted_action_thread_locked",
    "thread_not_found",
)
_WORKSPACE = (
    "accesslimited",
    "account_inactive",
    "enterprise_is_restricted",
    "invalid_auth",
    "missing_scope",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "team_access_not_granted",
    "team_added_to_org",
    "team_not_found",
    "token_expired",
    "token_revoked",
    "two_factor_setup_required",
)
_PAYLOAD = (
    "attachment_payload_limit_exceeded",
    "block_mismatch",
    "error_processing_metadata",
    "invalid_arg_name",
    "invalid_arguments",
    "invalid_array_arg",
    "invalid_attachments",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_charset",
    "invalid_form_data",
    "invalid_metadata_format",
    "invalid_metadata_schema",
    "invalid_post_type",
    "markdown_text_conflict",
    "metadata_must_be_sent_from_app",
    "metadata_too_large",
    "missing_post_type",
    "msg_blocks_too_long",
    "msg_blocks_too_many",
    "msg_too_large",
    "msg_too_long",
    "no_text",
    "too_many_attachments",
)
_EDIT_IMPOSSIBLE = (
    "cant_broadcast_message",
    "cant_update_message",
    "edit_window_closed",
    "external_channel_migrating",
    "message_not_found",
    "no_dual_broadcast_content_update",
    "streaming_state_conflict",
    "update_failed",
)
REFUSALS = (
    dict.fromkeys(_CHANNEL_CLOSED, Refusal.CHANNEL_CLOSED)
    | dict.fromkeys(_THREAD_CLOSED, Refusal.THREAD_CLOSED)
    | dict.fromkeys(_WORKSPACE, Refusal.WORKSPACE)
    | dict.fromkeys(_PAYLOAD, Refusal.PAYLOAD)
    | dict.fromkeys(_EDIT_IMPOSSIBLE, Refusal.EDIT_IMPOSSIBLE)
)
"""Slack will not do it: by code, what to do about it."""

AGAIN_LATER = {
    "ratelimited": 30.0,
    "rate_limited": 30.0,
    # The workspace as a whole sends too much.
    "message_limit_exceeded": 300.0,
}
"""Surely not done; seconds to wait where the answer names none."""

AMBIGUOUS = ("fatal_error", "internal_error", "service_unavailable", "request_timeout")
"""'It is possible that some aspect of the operation succeeded', says Slack of the first two."""

SDK_TROUBLE = (
    SlackClientError,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
    ValueError,
    # The SDK takes for granted that what answers with 200 sends a JSON object; a proxy may send anything.
    AttributeError,
    TypeError,
)
"""What a call of slack_sdk may raise."""

_TOKEN_REFUSED = (
    "account_inactive",
    "invalid_auth",
    "not_authed",
    "not_allowed_token_type",
    "token_revoked",
    "token_expired",
)


def is_token_refused(code: str) -> bool:
    """Tell whether only another token can help."""
    return code in _TOKEN_REFUSED


def classify(code: str, *, status: int, retry_after: float | None, detail: str = "") -> PostResult:
    """Return what an answer that is no success means. *code*: Slack's, empty where the body could not be read."""
    if status == 429 or code in AGAIN_LATER:
        after = retry_after if retry_after is not None else AGAIN_LATER.get(code, 30.0)
        return RetryLater(after=after, code=code or "ratelimited", throttled=True)
    if code in AMBIGUOUS or status >= 500 or not code:
        return Unclear(code=code or f"http_{status}")
    if code.startswith("slack_connect_") and code.endswith("_blocked"):
        # One for each kind of content that a shared channel may forbid; new kinds come.
        return Refused(kind=Refusal.CHANNEL_CLOSED, code=code, detail=detail)
    return Refused(kind=REFUSALS.get(code, Refusal.UNKNOWN), code=code, detail=detail)
