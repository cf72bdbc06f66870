import pytest

from bot.ports import Account, Clouds
from bot.usecases.spoken import after_mention, as_command
from providers.base import Likeness
from tests.usecases.world import FakeCloud

ME = "U0BOT"


@pytest.fixture
def clouds() -> Clouds:
    drs, cos = FakeCloud("huawei-drs"), FakeCloud("tencent-cos")
    cos.prefix, cos.likeness = "cos-", Likeness.CERTAIN
    return {
        "drs": Account(name="drs", title="DRS", provider=drs),
        "cos": Account(name="cos", title="COS", provider=cos),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<@U0BOT> status", "status"),
        ("  <@U0BOT|milepost>   mute 2h ", "mute 2h"),
        ("<@U0BOT>: list", "list"),
        ("<@U0BOT>", ""),
        ("<@U0BOT> nonsense here", "nonsense here"),
        ("please <@U0BOT> list", "list"),
        ("<@U0ALICE> <@U0BOT> list", "list"),
        # People talk about it.
        ("thanks <@U0BOT>", None),
        ("ask <@U0BOT> about it", None),
        # Somebody else is meant.
        ("<@U0OTHER> list", None),
        ("list", None),
        ("", None),
        ("<@U0BO> list", None),
    ],
)
def test_what_is_said_to_the_bot_is_what_follows_its_name(text: str, said: str | None) -> None:
    assert after_mention(text, ME, in_thread=False) == said


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("cos-7", "subscribe cos-7"),
        ("cos cos-7", "subscribe cos cos-7"),
        ("drs job-1 at 10,90", "subscribe drs job-1 at 10,90"),
        ("<https://console.example.com/x?a=b>", "subscribe <https://console.example.com/x?a=b>"),
        ("list", "list"),
        ("help", "help"),
        ("good morning", "good morning"),
        ("nonsense", "nonsense"),
        ("  ", ""),
    ],
)
def test_a_task_alone_means_that_it_is_to_be_followed(clouds: Clouds, text: str, command: str) -> None:
    assert as_command(text, clouds, in_thread=False) == command
