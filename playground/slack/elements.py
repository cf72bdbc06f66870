"""The shapes of text objects, options and interactive elements (docs.slack.dev/reference/block-kit)."""

from playground.slack.schema import (
    Check,
    Fields,
    Need,
    anything,
    boolean,
    both,
    by_type,
    items,
    kind,
    one_of,
    record,
    string,
    unique,
    url,
    whole,
)

ID = string(255)


def plain(most: int) -> Check:
    """A plain_text object."""
    return record({"type": Need(one_of("plain_text")), "text": Need(string(most)), "emoji": boolean})


def text(most: int) -> Check:
    """A text object of either kind."""
    return by_type(
        kind("plain_text", {"text": Need(string(most)), "emoji": boolean})
        | kind("mrkdwn", {"text": Need(string(most)), "verbatim": boolean})
    )


CONFIRM = record(
    {
        "title": Need(plain(100)),
        "text": Need(text(300)),
        "confirm": Need(plain(30)),
        "deny": Need(plain(30)),
        "style": one_of("primary", "danger"),
    }
)


def options(most: int, words: Check | None = None) -> Check:
    """A list of options with values of their own."""
    label = words or plain(75)
    fields: Fields = {"text": Need(label), "value": Need(string(150)), "description": text(75), "url": url()}
    return both(items(record(fields), most=most), unique("value"))


GROUPS = items(record({"label": Need(plain(75)), "options": Need(options(100))}), most=100)
OPTION = record({"text": Need(text(75)), "value": Need(string(150)), "description": text(75), "url": url()})
ACTION: Fields = {"action_id": ID, "confirm": CONFIRM, "focus_on_load": boolean}
SELECT: Fields = {**ACTION, "placeholder": plain(150)}
MULTI: Fields = {**SELECT, "max_selected_items": whole(1, 1_000)}
CHOOSE: Fields = {"options": options(100), "option_groups": GROUPS}
FILTER = record({"include": anything, "exclude_external_shared_channels": boolean, "exclude_bot_users": boolean})
CONVERSATIONS: Fields = {
    "default_to_current_conversation": boolean,
    "response_url_enabled": boolean,
    "filter": FILTER,
}
SLACK_FILE = record({"id": string(255), "url": url()}, one_at_least=("id", "url"))
IMAGE: Fields = {"alt_text": Need(string(2_000)), "image_url": url(), "slack_file": SLACK_FILE}
IMAGE_KIND = kind("image", IMAGE, one_at_least=("image_url", "slack_file"))
PICKED = string(255)

BUTTON = kind(
    "button",
    {
        "text": Need(plain(75)),
        "action_id": ID,
        "url": url(),
        "value": string(2_000, least=0),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
STATIC = {
    **kind(
        "static_select",
        {**SELECT, **CHOOSE, "initial_option": OPTION},
        one_at_least=("options", "option_groups"),
    ),
    **kind(
        "multi_static_select",
        {**MULTI, **CHOOSE, "initial_options": items(OPTION, most=100)},
        one_at_least=("options", "option_groups"),
    ),
}
CHECKED: Fields = {**ACTION, "options": Need(options(10, text(75)))}
SELECTS = {
    **STATIC,
    **kind("external_select", {**SELECT, "initial_option": OPTION, "min_query_length": whole(0, 100)}),
    **kind(
        "multi_external_select",
        {**MULTI, "initial_options": items(OPTION, most=100), "min_query_length": whole(0, 100)},
    ),
    **kind("users_select", {**SELECT, "initial_user": PICKED}),
    **kind("multi_users_select", {**MULTI, "initial_users": items(PICKED, most=1_000)}),
    **kind("conversations_select", {**SELECT, **CONVERSATIONS, "initial_conversation": PICKED}),
    **kind(
        "multi_conversations_select",
        {**MULTI, **CONVERSATIONS, "initial_conversations": items(PICKED, most=1_000)},
    ),
    **kind("channels_select", {**SELECT, "initial_channel": PICKED, "response_url_enabled": boolean}),
    **kind("multi_channels_select", {**MULTI, "initial_channels": items(PICKED, most=1_000)}),
}
PICKERS = {
    **kind("datepicker", {**SELECT, "initial_date": string(10)}),
    **kind("timepicker", {**SELECT, "initial_time": string(5), "timezone": string(255)}),
    **kind("datetimepicker", {**ACTION, "initial_date_time": whole(0, 9_999_999_999)}),
    **kind("radio_buttons", {**CHECKED, "initial_option": OPTION}),
    **kind("checkboxes", {**CHECKED, "initial_options": items(OPTION, most=10)}),
}
IN_ACTIONS = {
    **BUTTON,
    **SELECTS,
    **PICKERS,
    **kind("overflow", {"action_id": ID, "confirm": CONFIRM, "options": Need(options(5))}),
    **kind(
        "workflow_button",
        {
            "text": Need(plain(75)),
            "action_id": ID,
            "workflow": Need(anything),
            "style": one_of("primary", "danger"),
            "accessibility_label": string(75),
        },
    ),
}
TYPED: Fields = {
    **SELECT,
    "dispatch_action_config": record({"trigger_actions_on": anything}),
    "min_length": whole(0, 3_000),
    "max_length": whole(1, 3_000),
}
IN_INPUT = {
    **SELECTS,
    **PICKERS,
    **kind("plain_text_input", {**TYPED, "initial_value": string(3_000, least=0), "multiline": boolean}),
    **kind("email_text_input", {**TYPED, "initial_value": string(3_000)}),
    **kind("url_text_input", {**TYPED, "initial_value": url()}),
    **kind(
        "number_input",
        {
            **TYPED,
            "is_decimal_allowed": Need(boolean),
            "initial_value": string(100),
            "min_value": string(100),
            "max_value": string(100),
        },
    ),
    **kind("rich_text_input", {**TYPED, "initial_value": anything}),
    **kind("file_input", {"action_id": ID, "filetypes": items(string(20), most=100), "max_files": whole(1, 10)}),
}
FEEDBACK = record({"text": Need(plain(75)), "value": Need(string(2_000)), "accessibility_label": string(75)})
IN_CONTEXT_ACTIONS = {
    **kind(
        "feedback_buttons",
        {"action_id": ID, "positive_button": Need(FEEDBACK), "negative_button": Need(FEEDBACK)},
    ),
    **kind(
        "icon_button",
        {
            "icon": Need(one_of("trash")),
            "text": Need(plain(75)),
            "action_id": ID,
            "value": string(2_000),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": items(PICKED, most=100),
        },
    ),
}
