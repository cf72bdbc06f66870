"""mrkdwn, blocks and hostile text: what they become on the page, and what they never become."""

import pytest
from playwright.async_api import expect
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from tests.playground.browser.conftest import Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CHANNEL = "C0MIGRATE"
AT = 1_790_000_000  # 21 September 2026, 16:13:20 in Berlin, where Alice is

DRAW = """async ([text, options]) => {
  const { mrkdwn } = await import("/page/mrkdwn.js");
  const people = {
    me: "U0BOB",
    user: (id) => ({ U0ALICE: { name: "alice" } })[id],
    channel: (id) => ({ C0MIGRATE: { name: "migrations" } })[id],
  };
  const tree = (node) => node.nodeType === 3 ? node.data
    : `[${node.localName}${node.classList.contains("mention-ping") ? ".ping" : ""}`
      + `${node.href ? " " + node.href : ""}:${[...node.childNodes].map(tree).join("")}]`;
  const nodes = mrkdwn(text, people, options).map((one) => typeof one === "string" ? new Text(one) : one);
  return nodes.map(tree).join("");
}"""

TEXTS: list[tuple[str, str, str]] = [
    ("plain", "just words", "just words"),
    ("bold", "a *b c* d", "a [strong:b c] d"),
    ("italic and strike", "_i_ and ~s~", "[em:i] and [del:s]"),
    ("nested", "*bold _and italic_*", "[strong:bold [em:and italic]]"),
    ("no emphasis inside a word", "snake_case_name 2*3*4", "snake_case_name 2*3*4"),
    ("no emphasis over lines", "*a\nb*", "*a[br:]b*"),
    ("no emphasis next to a space", "* a *", "* a *"),
    ("code is as typed", "`*a* :eyes:`", "[code:*a* :eyes:]"),
    ("a code block", "see ```a\n*b*``` end", "see [pre:[code:a\n*b*]] end"),
    ("a quotation", "&gt; one\n&gt; two\nthree", "[blockquote:one[br:]two]three"),
    ("an unescaped quotation", "> one", "[blockquote:one]"),
    ("entities", "a &lt;b&gt; &amp;amp; &quot;", "a <b> &amp; &quot;"),
    ("escaped markup stays words", "&lt;!here&gt; &lt;@U0ALICE&gt;", "<!here> <@U0ALICE>"),
    ("a link", "<https://a.example/x?y=1&amp;z=2|here>", "[a https://a.example/x?y=1&z=2:here]"),
    ("a link without label", "<https://a.example/>", "[a https://a.example/:https://a.example/]"),
    ("a label is not parsed", "<https://a.example/|*b* :eyes:>", "[a https://a.example/:*b* :eyes:]"),
    ("no javascript link", "<javascript:alert(1)|here>", "<javascript:alert(1)|here>"),
    ("no data link", "<data:text/html,x|here>", "<data:text/html,x|here>"),
    ("a person", "<@U0ALICE> and <@U0NOBODY>", "[span:@alice] and [span:@U0NOBODY]"),
    ("a channel", "<#C0MIGRATE|old> <#C0GONE|gone>", "[span:#migrations] [span:#gone]"),
    ("pings", "<!here> <!channel> <!everyone>", "[span.ping:@here] [span.ping:@channel] [span.ping:@everyone]"),
    ("a user group", "<!subteam^S1|@dba> <!subteam^S2>", "[span.ping:@dba] [span.ping:@S2]"),
    ("pings in code still ping", "`<!here>`", "[code:[span.ping:@here]]"),
    ("emoji", ":eyes: :nonsense: 12:30:45", "👀 :nonsense: 12:30:45"),
    ("a bare address", "see https://a.example/b.", "see [a https://a.example/b:https://a.example/b]."),
    ("a bare domain", "get evil.com/x now", "get [a http://evil.com/x:evil.com/x] now"),
    ("an address in brackets", "(https://a.example/b)", "([a https://a.example/b:https://a.example/b])"),
    ("a file name is no domain", "run main.py v1.2.3", "run main.py v1.2.3"),
    ("HTML is words", "<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("an image is words", "<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    ("a date", f"<!date^{AT}^{{date_num}} {{time}}|then>", "[time:2026-09-21 16:13]"),
    ("a date with seconds", f"<!date^{AT}^{{time_secs}}|then>", "[time:16:13:20]"),
    ("a date with a link", f"<!date^{AT}^{{time}}^https://a.example/|then>", "[a https://a.example/:[time:16:13]]"),
    ("a date with a bad link", f"<!date^{AT}^{{time}}^javascript:alert(1)|then>", "[time:16:13]"),
    ("an unknown token", f"<!date^{AT}^{{century}}|then>", "[span:then]"),
    ("a time that is none", "<!date^soon^{time}|then>", "[span:then]"),
    ("an empty text", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tree"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
async def test_mrkdwn_becomes(drawing: Visit, text: str, tree: str) -> None:
    assert await drawing.page.evaluate(DRAW, [text, {}]) == tree


async def test_bare_pings_act_in_text_objects_unless_they_are_verbatim(drawing: Visit) -> None:
    text = "@here see evil.com"

    assert await drawing.page.evaluate(DRAW, [text, {}]) == "@here see [a http://evil.com/:evil.com]"
    assert (
        await drawing.page.evaluate(DRAW, [text, {"pings": True}])
        == "[span.ping:@here] see [a http://evil.com/:evil.com]"
    )
    assert await drawing.page.evaluate(DRAW, [text, {"pings": True, "verbatim": True}]) == text


@pytest.mark.parametrize(
    ("token", "parts"),
    [
        ("date", ["21", "September", "2026"]),
        ("date_short", ["21", "Sep", "2026"]),
        ("date_long", ["Monday", "21", "September", "2026"]),
        ("date_pretty", ["21", "September", "2026"]),
        ("date_short_pretty", ["21", "Sep", "2026"]),
        ("date_long_pretty", ["Monday", "21", "September", "2026"]),
    ],
)
async def test_dates_are_in_the_readers_words(drawing: Visit, token: str, parts: list[str]) -> None:
    drawn = await drawing.page.evaluate(DRAW, [f"<!date^{AT}^{{{token}}}|then>", {}])

    # Commas and the length of "Sep" are the browser's matter.
    assert [part for part in parts if part not in drawn] == []


@pytest.mark.parametrize(
    ("token", "words"),
    [("{date_pretty}", "Yesterday"), ("{date_short_pretty}", "Yesterday"), ("{date_long_pretty}", "Yesterday")],
)
async def test_pretty_dates_say_yesterday(drawing: Visit, token: str, words: str) -> None:
    draw = """async ([token]) => {
      const { dateWords } = await import("/page/dates.js");
      return dateWords(1790000000, token, new Date(1790000000000 + 86400000));
    }"""

    assert await drawing.page.evaluate(draw, [token]) == words


@pytest.mark.parametrize(
    ("later", "words"), [(3, "just now"), (90, "1 minute ago"), (7200, "2 hours ago"), (-7200, "in 2 hours")]
)
async def test_ago_counts_from_now(drawing: Visit, later: int, words: str) -> None:
    draw = """async ([later]) => {
      const { dateWords } = await import("/page/dates.js");
      return dateWords(1790000000, "{ago}", new Date(1790000000000 + later * 1000));
    }"""

    assert await drawing.page.evaluate(draw, [later]) == words


HOSTILE = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "<javascript:window.hacked=1|click>",
    "\"'><svg onload=window.hacked=1>",
    "<https://a.example/\" onmouseover=\"window.hacked=1|x>",
    "\u202egnp.exe\u202c right to left",
    "W" * 900,
    "*" * 600 + "_" * 600 + "`" * 599,
    "<" * 500 + ":" * 500,
]  # fmt: skip


async def test_hostile_text_stays_text_wherever_it_stands(
    visit: Visitor, playground: Playground, bot: AsyncWebClient
) -> None:
    for text in HOSTILE:
        await playground.slack.say("U0BOB", CHANNEL, text)
        await bot.chat_postMessage(channel=CHANNEL, text=text)
        blocks: list[dict[str, object]] = [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "section", "text": {"type": "plain_text", "text": text}},
            {"type": "header", "text": {"type": "plain_text", "text": text[:150]}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]},
            {"type": "markdown", "text": text},
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
            },
        ]
        await bot.chat_postMessage(channel=CHANNEL, text="blocks", blocks=blocks)
    playground.clouds.start("pan123", name="<img src=x onerror='window.hacked = 1'>"[:20])

    alice = await visit(size=(390, 844))

    await expect(alice.chat.get_by_role("article")).to_have_count(len(HOSTILE) * 3)
    assert await alice.page.evaluate("window.hacked") is None
    assert await alice.chat.locator(".body :is(script, svg, img, iframe, object)").count() == 0
    assert await alice.chat.locator(".body a:not([href^='http'])").count() == 0
    assert await alice.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await alice.page.evaluate("document.querySelector('.log').scrollWidth <= innerWidth")


async def test_a_name_from_right_to_left_turns_nothing_but_itself(visit: Visitor, bot: AsyncWebClient) -> None:
    name = {"type": "text", "text": "مرحبا"}
    press = {"type": "button", "text": {"type": "plain_text", "text": "Refresh"}, "action_id": "a"}
    blocks: list[dict[str, object]] = [
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [name]}]},
        {"type": "section", "text": {"type": "mrkdwn", "text": "█░ 52 % running"}},
        {
            "type": "actions",
            "elements": [press, press | {"text": {"type": "plain_text", "text": "Mute"}, "action_id": "b"}],
        },
    ]
    await bot.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks)
    alice = await visit()

    sides = await alice.chat.locator(".body .block").evaluate_all(
        "all => all.map(one => getComputedStyle(one).direction)"
    )
    first, second = [await alice.chat.get_by_role("button", name=name).bounding_box() for name in ("Refresh", "Mute")]

    assert sides == ["rtl", "ltr", "ltr"]
    assert first is not None and second is not None and first["x"] < second["x"]


async def test_blocks_show_what_they_hold(visit: Visitor, bot: AsyncWebClient) -> None:
    blocks: list[dict[str, object]] = [
        {"type": "header", "text": {"type": "plain_text", "text": "orders-db *plain* :eyes:"}},
        {"type": "divider"},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "*Cloud*"}, {"type": "plain_text", "text": "*DRS*"}]},
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "elements": [
                        {
                            "type": "rich_text_section",
                            "elements": [{"type": "text", "text": word, "style": {"bold": True}}],
                        }
                        for word in ("first", "second")
                    ],
                },
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "SELECT *x*"}]},
                {"type": "rich_text_quote", "elements": [{"type": "broadcast", "range": "here"}]},
            ],
        },
        {"type": "markdown", "text": "## Title\n- **one**\n- [two](https://a.example/)"},
        {
            "type": "table",
            "rows": [
                [{"type": "raw_text", "text": "phase"}, {"type": "raw_text", "text": "done"}],
                [{"type": "raw_text", "text": "data"}, {"type": "raw_text", "text": "46 %"}],
            ],
        },
    ]  # fmt: skip
    await bot.chat_postMessage(channel=CHANNEL, text="all", blocks=blocks)
    alice = await visit()
    body = alice.chat.locator(".body")

    await expect(body.get_by_role("heading", name="orders-db *plain* 👀")).to_be_visible()
    await expect(body.get_by_role("separator")).to_have_count(1)
    await expect(body.locator(".fields .text")).to_have_text(["Cloud", "*DRS*"])
    await expect(body.locator("ol > li strong")).to_have_text(["first", "second"])
    await expect(body.locator("pre")).to_have_text("SELECT *x*")
    await expect(body.locator("blockquote .mention-ping")).to_have_text("@here")
    await expect(body.get_by_role("heading", name="Title")).to_be_visible()
    await expect(body.get_by_role("link", name="two")).to_have_attribute("href", "https://a.example/")
    await expect(body.get_by_role("cell", name="46 %")).to_be_visible()


async def test_an_unknown_block_says_so(visit: Visitor, playground: Playground) -> None:
    alice = await visit()
    message = {"type": "message", "ts": "1790000000.000100", "user": "U0MILEPOST", "bot_id": "B0MILEPOST", "text": "x"}

    playground.hub.publish(
        {"type": "message", "channel": CHANNEL, "message": message | {"blocks": [{"type": "hologram"}]}}
    )

    await expect(alice.chat.get_by_text("cannot show this block (hologram)")).to_be_visible()
