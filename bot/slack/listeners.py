"""What Slack may send, and what we do with it: acknowledged at once, carried out, answered privately."""

from slack_bolt.async_app import AsyncApp

from bot.ports import Clouds, People
from bot.slack.card_buttons import CardListeners
from bot.slack.commands import CommandListeners
from bot.slack.events import OF_LIFE
from bot.slack.forms import FormListeners
from bot.slack.home import OPENED, HomeListeners
from bot.slack.mentions import MENTIONED, WRITTEN, MentionListeners
from bot.slack.windows import Windows
from bot.slack.work import Work
from bot.usecases.forms import Forms
from bot.usecases.home import Homes
from bot.usecases.requests import Requests

LISTENED_TO = OF_LIFE | {OPENED, MENTIONED, f"{WRITTEN}.im"}
"""The events, as the manifest names them: of messages, only those in direct messages."""


class Listeners:
    """Registers all that people can do on a Bolt app, and keeps count of what is running."""

    def __init__(self, *, requests: Requests, forms: Forms, homes: Homes, people: People, clouds: Clouds) -> None:
        self._requests = requests
        self._forms = forms
        self._homes = homes
        self._people = people
        self._clouds = clouds
        self._work = Work()

    def register(self, app: AsyncApp, *, me: str | None) -> None:
        """Let *app* hand us what people type, press, fill in and say. *me* is the bot's own user id."""
        work, requests, people = self._work, self._requests, self._people
        home = HomeListeners(work=work, homes=self._homes, requests=requests, client=app.client)
        forms = FormListeners(
            work=work,
            forms=self._forms,
            requests=requests,
            people=people,
            windows=Windows(app.client, work),
            show_home=home.show,
        )
        forms.register(app)
        home.register(app, forms)
        CommandListeners(work=work, requests=requests, forms=forms).register(app)
        CardListeners(work=work, requests=requests, forms=forms).register(app)
        MentionListeners(work=work, requests=requests, people=people, clouds=self._clouds, me=me).register(app)

    async def settle(self) -> None:
        """Wait for all that is running."""
        await self._work.settle()

    async def drain(self, patience: float) -> None:
        """Take no more work, and let what is running end, so many seconds at most."""
        await self._work.drain(patience)
