"""What travels with a form, and what comes back."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from bot.core.view import Modal
from bot.slack import payloads
from bot.slack.windows import Draft, draft_of, view_of
from tests.core.properties import unhurried

CHANNELS = st.from_regex(r"[CGD][A-Z0-9]{2,20}", fullmatch=True) | st.just("")
SUBSCRIPTIONS = st.from_regex(r"[0-9a-f]{12}", fullmatch=True) | st.just("")
DRAFTS = st.builds(Draft, channel=CHANNELS, subscription=SUBSCRIPTIONS, page=st.integers(0, 100_000))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["channel", "page", "x"]), inner),
    max_leaves=8,
)


@unhurried
@given(DRAFTS)
def test_what_travels_with_a_form_comes_back_as_it_was(draft: Draft) -> None:
    view = view_of(Modal(title="T", blocks=()), "x", draft)

    assert draft_of(view) == draft
    assert len(view["private_metadata"]) <= 3000


@unhurried
@given(JSON.map(lambda value: json.dumps(value)) | st.text(max_size=200))
def test_whatever_comes_back_is_as_we_write_it_or_nothing(written: str) -> None:
    draft = draft_of({"private_metadata": written})

    if draft is not None:
        assert draft.channel == "" or payloads.channel(draft.channel) == draft.channel
        assert draft.subscription == "" or payloads.subscription(draft.subscription) == draft.subscription
        assert msgspec.json.decode(msgspec.json.encode(draft), type=Draft) == draft


@unhurried
@given(st.dictionaries(st.sampled_from(["channel", "user", "container", "message", "actions", "view"]), JSON))
def test_payloads_of_any_shape_are_read_or_refused_and_nothing_else(body: dict[str, object]) -> None:
    for read in (payloads.presser, payloads.looker):
        try:
            asker = read(body)
        except ValueError:
            continue
        assert payloads.user(asker.user) == asker.user
    assert isinstance(payloads.value(body), str)
    assert isinstance(payloads.trigger(body), str)


@unhurried
@given(st.text(max_size=40))
def test_only_the_id_of_a_subscription_is_one(text: str) -> None:
    what, of = payloads.chosen(text)

    assert text.startswith(what)
    assert of == "" or (len(of) == 12 and set(of) <= set("0123456789abcdef"))
