"""What Slack answers on bad days, and a message that meets it."""

from bot.ports import Refusal, Refused, Unclear
from tests.usecases.world import Lost, PostAnswer, World

LOST = Lost(Unclear(code="TimeoutError"))
UNSENT = Unclear(code="internal_error")
TOO_BAD = Refused(kind=Refusal.PAYLOAD, code="invalid_blocks", detail="/blocks/0")
CLOSED = Refused(kind=Refusal.CHANNEL_CLOSED, code="is_archived")


async def news_waits(world: World, *answers: PostAnswer | Lost) -> None:
    """A milestone is passed; Slack will answer its post so."""
    await world.follows()
    world.task(60)
    await world.poll_later()
    world.slack.post_answers += answers
