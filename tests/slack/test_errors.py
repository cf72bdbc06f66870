import pytest

from bot.ports import Refusal, Refused, RetryLater, Unclear
from bot.slack.errors import AGAIN_LATER, AMBIGUOUS, REFUSALS, classify, is_token_refused

# The errors of chat.postMessage and chat.update in Slack's method reference, and those common to all methods.
CLOSED_CHANNEL = """
    channel_not_found not_in_channel is_archived is_inactive restricted_action restricted_action_read_only_channel
    restricted_action_thread_only_channel restricted_action_non_threadable_channel ekm_access_denied
    messages_tab_disabled no_permission access_denied app_access_restricted posting_to_channel_denied
    slack_connect_file_upload_sharing_blocked slack_connect_file_link_sharing_blocked
    slack_connect_canvas_sharing_blocked slack_connect_clip_sharing_blocked slack_connect_lists_sharing_blocked
    slack_connect_blocked_file_type slack_connect_something_new_blocked
"""
CLOSED_THREAD = "restricted_action_thread_locked cannot_reply_to_message thread_not_found"
WORKSPACE = """
    account_inactive token_revoked token_expired invalid_auth not_authed missing_scope not_allowed_token_type
    team_access_not_granted accesslimited enterprise_is_restricted two_factor_setup_required org_login_required
    team_added_to_org team_not_found
"""
PAYLOAD = """
    invalid_blocks invalid_blocks_format msg_blocks_too_long msg_blocks_too_many msg_too_long msg_too_large no_text
    invalid_attachments too_many_attachments attachment_payload_limit_exceeded invalid_metadata_format
    invalid_metadata_schema metadata_too_large metadata_must_be_sent_from_app error_processing_metadata
    markdown_text_conflict block_mismatch invalid_arguments invalid_arg_name invalid_array_arg invalid_charset
    invalid_form_data invalid_post_type missing_post_type
"""
NO_EDIT = """
    cant_update_message edit_window_closed message_not_found external_channel_migrating streaming_state_conflict
    update_failed cant_broadcast_message no_dual_broadcast_content_update
"""
LATER = "ratelimited rate_limited message_limit_exceeded"
UNCLEAR = "fatal_error internal_error service_unavailable request_timeout"
KINDS = {
    Refusal.CHANNEL_CLOSED: CLOSED_CHANNEL,
    Refusal.THREAD_CLOSED: CLOSED_THREAD,
    Refusal.WORKSPACE: WORKSPACE,
    Refusal.PAYLOAD: PAYLOAD,
    Refusal.EDIT_IMPOSSIBLE: NO_EDIT,
}


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, codes in KINDS.items() for code in codes.split()])
def test_each_refusal_has_its_class(kind: Refusal, code: str) -> None:
    result = classify(code, status=200, retry_after=None, detail="why")

    assert result == Refused(kind=kind, code=code, detail="why")


@pytest.mark.parametrize("code", LATER.split())
def test_what_slack_surely_did_not_do_is_tried_again(code: str) -> None:
    result = classify(code, status=200, retry_after=None)

    assert isinstance(result, RetryLater)
    assert result.throttled
    assert result.after >= 30


@pytest.mark.parametrize("code", UNCLEAR.split())
@pytest.mark.parametrize("status", [200, 500, 503])
def test_what_slack_may_have_done_is_unclear(code: str, status: int) -> None:
    assert classify(code, status=status, retry_after=None) == Unclear(code=code)


@pytest.mark.parametrize(
    ("code", "status", "result"),
    [
        ("", 429, RetryLater(after=7.0, code="ratelimited", throttled=True)),
        ("ratelimited", 429, RetryLater(after=7.0, code="ratelimited", throttled=True)),
        ("", 200, Unclear(code="http_200")),
        ("", 404, Unclear(code="http_404")),
        ("", 502, Unclear(code="http_502")),
        ("channel_not_found", 500, Unclear(code="channel_not_found")),
        ("brand_new_error", 200, Refused(kind=Refusal.UNKNOWN, code="brand_new_error")),
    ],
)
def test_the_status_counts_where_the_code_says_less(code: str, status: int, result: object) -> None:
    assert classify(code, status=status, retry_after=7.0) == result


def test_retry_after_is_taken_as_it_is() -> None:
    for seconds in (0.0, 1.0, 61.0, 3600.0):
        result = classify("ratelimited", status=429, retry_after=seconds)

        assert isinstance(result, RetryLater)
        assert result.after == seconds


def test_a_full_workspace_rests_for_long() -> None:
    result = classify("message_limit_exceeded", status=200, retry_after=None)

    assert isinstance(result, RetryLater)
    assert result.after >= 300


def test_no_code_has_two_classes() -> None:
    groups = [set(AGAIN_LATER), set(AMBIGUOUS), set(REFUSALS)]

    assert len(set().union(*groups)) == sum(len(group) for group in groups)


def test_only_another_token_helps_against_a_refused_one() -> None:
    assert is_token_refused("invalid_auth")
    assert not is_token_refused("org_login_required")
    assert not is_token_refused("")
