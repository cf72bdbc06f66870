"""The slash command, and the buttons in its answers."""

import re

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.core import commands
from bot.core.wording import answers
from bot.core.wording.pages import RUN
from bot.slack import payloads
from bot.slack.forms import FormListeners
from bot.slack.payloads import Payload
from bot.slack.work import Answer, Work
from bot.usecases.requests import Requests

COMMAND = "/milepost"
_ONLY_TELLS = (commands.ListTasks, commands.History, commands.Status, commands.Accounts, commands.Help)


class CommandListeners:
    """Carries out what is typed after the slash command."""

    def __init__(self, *, work: Work, requests: Requests, forms: FormListeners) -> None:
        self._work = work
        self._requests = requests
        self._forms = forms

    def register(self, app: AsyncApp) -> None:
        """Let *app* hand us the slash command and the buttons that turn the pages of answers."""
        app.command(COMMAND)(self._typed)
        app.action(re.compile(rf"{re.escape(RUN)}(\..*)?"))(self._turned)

    async def _typed(self, ack: AsyncAck, body: Payload, respond: AsyncRespond) -> None:
        await ack()

        async def work() -> Answer:
            asker = payloads.whoever(body.get("channel_id"), body.get("user_id"))
            text = str(body.get("text") or "")
            if not text.strip() or isinstance(commands.parse(text), commands.OpenForm):
                return await self._forms.new(payloads.trigger(body), asker.user, asker.channel)
            return await self._requests.run(text, asker)

        await self._work.answered(respond, work)

    async def _turned(self, ack: AsyncAck, body: Payload, respond: AsyncRespond) -> None:
        """The button carries a command. Whatever else it carries, nothing is changed by it."""
        await ack()

        async def work() -> Answer:
            asker = payloads.presser(body)
            command = commands.parse(payloads.value(body), in_thread=asker.thread_ts is not None)
            if not isinstance(command, _ONLY_TELLS):
                return answers.expired_button()
            return await self._requests.carry_out(command, asker)

        await self._work.answered(respond, work, replacing=True)
