"""What `/milepost help` says: the commands, and under `help rules` what a subscription can say."""

from bot.core import blocks
from bot.core.asked import Topic
from bot.core.message import Message
from bot.core.text import Mrkdwn, code

_INTRO = """\
*Milepost* keeps one live card for a cloud task in this channel, replies in its thread at milestones, \
and says it out loud when the task ends."""

_FOLLOW = """\
*Follow*
`/milepost`  opens a form; so does the shortcut *Track a cloud task*
`/milepost subscribe &lt;account&gt; &lt;task-id&gt; …`  follow a task in this channel{example}
      The account may be left out where the id or the pasted address tells the cloud.
`/milepost unsubscribe &lt;task&gt;`  stop following; the task itself goes on
`/milepost accounts`  the clouds I can look at, with an example each"""

_LOOK = """\
*Look*
`/milepost list`  what this channel follows; `/milepost list mine` what you do; `/milepost list all` \
what you may see of all channels
`/milepost status [&lt;task&gt;]`  last reading, next look, and why then
`/milepost refresh &lt;task&gt;`  look now
`/milepost history`  tasks of this channel that ended: how, and how long each part took
      Long answers have pages: `/milepost list page 2`. My *Home* tab shows what you follow, \
what else your channels follow, and how each account is."""

_CHANGE = """\
*Change*
`/milepost edit &lt;task&gt; …`  other milestones and rules, such as \
`/milepost edit orders-db every 10% no stall`
`/milepost defaults …`  what holds for new subscriptions of this channel; alone, it tells; `/milepost defaults reset`
`/milepost mute &lt;task&gt; [2h]`  only the end is told; `/milepost unmute &lt;task&gt;`
`/milepost transfer &lt;task&gt; @user`  another owner; `/milepost take &lt;task&gt;`  yourself"""

_NAMES = """\
A task is named by its id or its label, or by how one of them begins (`9a470239`). \
In a card's thread, call me by name and leave the task out: `@milepost mute 2h`. \
In a direct message to me, a task's id or address alone is enough. The card has buttons for it too: *Refresh*, \
*Mute*, *Open console*, and the rest in the menu behind the three dots."""

_MORE = """\
`/milepost help rules`  milestones, warnings, quiet hours, mentions: all that a subscription can say
`/milepost help`  this text"""

_RULES = """\
*What a subscription can say*, behind `subscribe`, `edit` and `defaults`, in any order:"""

_PROGRESS = """\
*Progress*
`at 25,50,90` or `every 10%`  milestones (else 25, 50, 75, 100)
`every 2h`  from time to time, that it still goes on
`per phase`  when a phase of the task is done
`on end`  nothing but the end; `on all` takes that back"""

_WARNINGS = """\
*Warnings*
`stall 30m`  no progress for so long
`overdue 6h` or `overdue 18:00 Europe/Berlin`  not done by then
`lag 60s for 5m`  changes arrive later than that, for so long (else 5 min)"""

_WAYS = """\
*How it is said*
`quiet 22:00-07:00 Europe/Berlin`  one summary afterwards; failures come through
`mention @user on failure` or `on end`  people and user groups (else on failure)
`broadcast never`, `failures`, `end` or `all`  which replies the channel sees too (else every end)
`as "orders-db"`  your own name for it"""

_AWAY = """\
`no` takes away: `no milestones`, `no heartbeat`, `no phases`, `no stall`, `no overdue`, `no lag`, `no quiet`, \
`no mention`, `no label`.
Durations are `45s`, `30m`, `6h`, `2d` or `1h30m`. A time of day without a zone is in yours."""

_TOPICS = {
    Topic.COMMANDS: (_INTRO, _FOLLOW, _LOOK, _CHANGE, _NAMES, _MORE),
    Topic.RULES: (_RULES, _PROGRESS, _WARNINGS, _WAYS, _AWAY),
}


def help_text(topic: Topic = Topic.COMMANDS, *, example: str = "") -> Message:
    """Tell what can be typed. *example*: a right command of somebody's own account to follow a task with."""
    shown = f""", such as\n      {code(f'{example} at 10,50,90 as "orders-db"', 400)}""" if example else ""
    # A section each: Slack folds up long ones.
    parts = [Mrkdwn(part.replace("{example}", shown)) for part in _TOPICS[topic]]
    return Message(text=Mrkdwn("\n".join(parts)), blocks=tuple(map(blocks.section, parts)))
