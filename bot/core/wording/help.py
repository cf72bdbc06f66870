"""What `/milepost help` says."""

from bot.core.message import Message
from bot.core.text import Mrkdwn
from bot.core.wording.answers import says

_INTRO = """\
*Milepost* keeps one live card for a cloud task in this channel, replies in its thread at milestones, \
and says it out loud when the task ends."""

_COMMANDS = """\
`/milepost subscribe &lt;account&gt; &lt;task-id&gt;`  follow a task in this channel
      `at 10,50,90` or `every 10%`  milestones to hear about (else 25, 50, 75, 100)
      `as "label"`  your own name for it
      The account may be left out where the id or the pasted address tells the cloud.
`/milepost unsubscribe &lt;task&gt;`  stop following; the task itself goes on
`/milepost list`  what this channel follows
`/milepost status [&lt;task&gt;]`  last reading, next look, and why then
`/milepost accounts`  the clouds I can look at, with an example each
`/milepost help`  this text"""

_NAMES = """\
A task is named by its id, the beginning of its id (`9a470239`) or its label. \
On the card: *Refresh* looks now, *Open console* leads to the cloud, *Stop* ends the card."""


def help_text() -> Message:
    """Tell what can be typed."""
    return says(Mrkdwn(_INTRO), Mrkdwn(_COMMANDS), Mrkdwn(_NAMES))
