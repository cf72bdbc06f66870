from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands import Wrong
from bot.core.rules import Broadcast
from bot.core.text import Mrkdwn
from bot.core.view import Modal
from bot.core.wording import field_errors, forms
from bot.core.wording.answers import says
from bot.core.wording.forms import AccountChoice, Field, Told
from bot.slack.windows import Draft, view_of
from providers.base import InvalidKey
from providers.flaws import Flaw
from tests.core.hostile import long_text
from tests.core.properties import briefly
from tests.core.views import assert_slack_shows

DRS = AccountChoice(name="drs-eu", title="Huawei DRS", place="eu-1", example="9a470239-2308-4bb5-a6bc-1040402fjb21")
COS = AccountChoice(name="cos", title="Tencent COS", place="", example="bucket-1250000000/1")
USUAL = Told(milestones="25,50,75,100", broadcast=Broadcast.END)


def fields(modal: Modal) -> dict[str, dict[str, object]]:
    return {str(block["block_id"]): block for block in modal.blocks if block["type"] == "input"}


def element(modal: Modal, field: Field) -> dict[str, object]:
    found = fields(modal)[field]["element"]
    assert isinstance(found, dict)
    return found


def shown(modal: Modal) -> None:
    assert_slack_shows(view_of(modal, "milepost_subscribe", Draft(channel="C0ONE")))


def test_only_the_task_must_be_filled_in() -> None:
    form = forms.new([DRS, COS], USUAL, channel="C0ONE")

    assert [name for name, block in fields(form).items() if not block["optional"]] == ["task", "broadcast"]
    assert element(form, Field.BROADCAST)["initial_option"]
    shown(form)


def test_the_channel_is_asked_for_only_where_there_is_none() -> None:
    assert Field.CHANNEL not in fields(forms.new([DRS], USUAL, channel="C0ONE"))
    assert element(forms.new([DRS], USUAL, channel=None), Field.CHANNEL)["default_to_current_conversation"] is True


def test_the_only_account_is_chosen_already() -> None:
    assert "initial_option" in element(forms.new([DRS], USUAL, channel=None), Field.ACCOUNT)
    assert "initial_option" not in element(forms.new([DRS, COS], USUAL, channel=None), Field.ACCOUNT)


def test_a_hundred_accounts_are_offered_and_no_more() -> None:
    many = [AccountChoice(name=f"a{i}", title="T", place="", example="x") for i in range(500)]

    form = forms.new(many, USUAL, channel=None)

    options = element(form, Field.ACCOUNT)["options"]
    assert isinstance(options, list)
    assert len(options) == 100
    shown(form)


def test_a_form_for_a_change_shows_what_is_told_now() -> None:
    told = Told(milestones="10,90", broadcast=Broadcast.NEVER, more="stall 30m", label="orders-db")

    form = forms.edit("orders-db", told)

    assert element(form, Field.MILESTONES)["initial_value"] == "10,90"
    assert element(form, Field.MORE)["initial_value"] == "stall 30m"
    assert element(form, Field.LABEL)["initial_value"] == "orders-db"
    assert "never" in str(element(form, Field.BROADCAST)["initial_option"])
    shown(form)


@briefly
@given(st.lists(long_text, min_size=6, max_size=6))
def test_whatever_things_are_called_slack_takes_the_forms(texts: list[str]) -> None:
    name, title, place, example, more, label = texts
    account = AccountChoice(name="drs", title=title, place=place, example=example)
    told = Told(milestones="25", broadcast=Broadcast.ALL, more=more, label=label)

    for modal in (
        forms.new([account], USUAL, channel=None),
        forms.edit(name, told),
        forms.stop(name),
        forms.transfer(name),
        forms.waiting(),
        forms.notice(says(Mrkdwn("Said."))),
    ):
        shown(modal)


@briefly
@given(long_text, long_text, st.sampled_from(Flaw))
def test_what_is_wrong_in_a_field_is_one_short_line_of_plain_text(problem: str, right: str, flaw: Flaw) -> None:
    for error in (
        field_errors.wrong(Wrong(problem=problem, right=right, example="")),
        field_errors.bad_key(InvalidKey(flaw, example=right, region=problem)),
        field_errors.twice("milestones"),
    ):
        assert 0 < len(error) <= field_errors.ERROR_LIMIT
        assert "\n" not in error


def test_what_would_be_right_is_quoted_where_nothing_can_be_marked() -> None:
    problem = Wrong(problem="That is no milestone.", right="`no milestones` is possible.", example="")

    assert field_errors.wrong(problem) == "That is no milestone. “no milestones” is possible."


def test_a_refusal_beside_a_field_is_read_without_markup() -> None:
    assert field_errors.refused(says(Mrkdwn("*Guests* may `mute` &amp; refresh"))) == "Guests may mute & refresh"


def test_of_one_account_an_example_is_shown_whole_and_of_several_none() -> None:
    one, several = (forms.new(accounts, USUAL, channel="C0ONE") for accounts in ([DRS], [DRS, COS]))

    assert fields(one)[Field.TASK]["hint"] == {"type": "plain_text", "text": f"Such as {DRS.example}", "emoji": False}
    assert "hint" not in fields(several)[Field.TASK]
    assert DRS.example not in str(fields(several)[Field.TASK])
