"""The App Home over real connections."""

from bot.core.wording.home import MORE, TRACK
from bot.slack.forms import NEW
from playground.slack import Refuse
from playground.slack.names import ALICE, BOB, DATABASES, MIGRATIONS
from tests.slack.stage import SetUp, Stage, words


async def only(stage: Stage) -> str:
    (one,) = await stage.world.store.followed_in(MIGRATIONS)
    return str(one.subscription.id)


async def test_a_home_begins_with_a_guide_and_shows_what_is_followed_from_there(set_up: SetUp) -> None:
    stage = await set_up()

    guide = await stage.looks_home()
    await stage.presses_home(TRACK)
    form = stage.modal
    await stage.fills_in(account="drs", task="job-1", channel=DATABASES)

    assert "Follow a cloud task from here" in guide
    assert form["callback_id"] == NEW
    assert f"<#{DATABASES}>" in stage.home()
    assert "10 %" in stage.home()


async def test_a_home_shows_what_others_follow_in_channels_that_one_is_in_and_nothing_else(set_up: SetUp) -> None:
    stage = await set_up()
    stage.slack.life.leave(DATABASES, BOB)
    await stage.follows()
    await stage.follows(DATABASES)

    home = await stage.looks_home(BOB)

    assert f"<#{MIGRATIONS}>" in home
    assert f"<#{DATABASES}>" not in home


async def test_muting_and_unmuting_from_the_home_shows_at_once(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    await stage.looks_home()
    one = await only(stage)

    muted = await stage.presses_home(MORE, f"mute:{one}")
    unmuted = await stage.presses_home(MORE, f"unmute:{one}")

    assert "muted" in muted.lower()
    assert f"unmute:{one}" not in str(stage.slack.views.home(ALICE))
    assert "only its end" not in unmuted


async def test_a_stop_from_the_home_is_asked_about_and_shown(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    await stage.looks_home()

    await stage.presses_home(MORE, f"stop:{await only(stage)}")
    asked = words(stage.modal["blocks"])
    await stage.fills_in()

    assert "falls silent" in asked
    assert "Stopped following" in stage.home()
    assert "Follow a cloud task from here" in stage.home()
    assert await stage.world.store.followed_in(MIGRATIONS) == []
    assert all("Stopped" not in one for one in stage.whispers)


async def test_a_subscription_is_handed_over_from_the_home(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    await stage.looks_home()

    await stage.presses_home(MORE, f"transfer:{await only(stage)}")
    await stage.fills_in(person=BOB)

    (one,) = await stage.world.store.followed_in(MIGRATIONS)
    assert one.subscription.owner == BOB
    assert f"<@{BOB}>" in stage.home()


async def test_what_belongs_to_another_is_refused_with_who_can_and_changes_nothing(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.slack.say(BOB, MIGRATIONS, "/milepost subscribe drs job-1")
    await stage.slack.wait_for(stage.shown)
    await stage.types("subscribe drs job-2")
    stage.world.task(5, key="job-2")
    await stage.listeners.settle()
    await stage.types("subscribe drs job-2")
    await stage.slack.wait_for(lambda: len(stage.shown()) == 2)
    await stage.listeners.settle()
    of_bob = next(one for one in await stage.world.store.followed_by(BOB))
    await stage.looks_home()

    for what in ("take", "stop", "transfer", "edit"):
        said = await stage.presses_home(MORE, {"value": f"{what}:{of_bob.subscription.id}"}, forged=True)
        if stage.modals():
            said = words(stage.modal["blocks"])
            stage.slack.forms.close(ALICE, stage.modal["id"])
        assert f"<@{BOB}>" in said

    assert [one.subscription for one in await stage.world.store.followed_by(BOB)] == [of_bob.subscription]


async def test_values_that_an_enemy_made_change_nothing(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.slack.say(BOB, DATABASES, "/milepost subscribe drs job-1")
    await stage.slack.wait_for(lambda: stage.shown(DATABASES))
    await stage.listeners.settle()
    (others,) = await stage.world.store.followed_in(DATABASES)
    stage.slack.life.leave(DATABASES, ALICE)
    await stage.follows()
    await stage.looks_home()

    for value in (f"stop:{others.subscription.id}", f"mute:{others.subscription.id}", "stop:", "x", "mute:../../x", ""):
        said = await stage.presses_home(MORE, {"value": value}, forged=True)
        assert "no longer" in said
        assert stage.modals() == []

    (still,) = await stage.world.store.followed_in(DATABASES)
    assert still.subscription == others.subscription


async def test_pages_are_turned_and_kept_over_an_action(set_up: SetUp) -> None:
    stage = await set_up()
    for number in range(45):
        stage.world.task(5, key=f"job-{number}")
        await stage.world.types(f"subscribe drs job-{number}", channel=MIGRATIONS, user=ALICE)

    first = await stage.looks_home()
    second = await stage.presses_home("home.page.next.head")
    mute = {"value": f"mute:{(await stage.world.followed(MIGRATIONS))[25].subscription.id}"}
    after = await stage.presses_home(MORE, mute, forged=True)
    odd = await stage.presses_home("home.page.next.foot", "-1; drop", forged=True)

    assert "page 1 of 3" in first
    assert "page 2 of 3" in second
    assert "page 2 of 3" in after
    assert "page 1 of 3" in odd


async def test_the_messages_tab_shows_no_home(set_up: SetUp) -> None:
    stage = await set_up()

    stage.slack.forms.open_home(ALICE, "messages")
    await stage.slack.wait_for(lambda: len(stage.slack.deliveries) == 1)
    await stage.listeners.settle()

    assert stage.home() == ""


async def test_a_home_that_slack_does_not_take_is_shown_at_the_next_look(set_up: SetUp) -> None:
    stage = await set_up()
    stage.slack.faults.plan("views.publish", Refuse(code="internal_error"))

    failed = await stage.looks_home()

    assert failed == ""
    assert "Follow a cloud task" in await stage.looks_home()
