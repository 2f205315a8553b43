"""When the hub itself calls a person past the bot, and what the shopper hears then (R4)."""

from collections.abc import Callable
from datetime import datetime
from itertools import takewhile

from desk.domain.complaints import rate
from desk.domain.conversations import Message
from desk.domain.dates import format_moment
from desk.domain.escalation import Signals, staffing, trigger, wait_minutes
from desk.domain.policy import Policy
from desk.services.bot import BotReply
from desk.services.presence import Presence
from desk.texts import Texts

# These come with a person by their own way: the complaint task rates what it is told.
_HANDLED_BY_THE_BOT = frozenset({"complaint", "human"})


class Calls:
    """Implements services.turns.HandOver on the shop's rules."""

    def __init__(self, policy: Callable[[], Policy], texts: Texts, presence: Presence) -> None:
        """Ask for the rules each time: they may change while the desk runs."""
        self._policy = policy
        self._texts = texts
        self._presence = presence

    def wait_minutes(self, position: int) -> int:
        """Estimate the wait."""
        return wait_minutes(position, self._presence.count(), self._policy().escalation)

    def apology(self, language: str, reason: str, position: int, now: datetime) -> str:
        """Return the sentence for the shopper: what happened and who answers when."""
        policy, say = self._policy(), self._texts.say
        key = f"hub.call.{'urgent' if reason == 'complaint' else reason}"
        what = say(key if key in self._texts else "hub.call.bot_down", language)
        staff = staffing(policy, now, agents_present=self._presence.count())
        if staff.is_open:
            who = say(
                "hub.call.wait", language, position=position, minutes=self.wait_minutes(position)
            )
        else:
            opens = format_moment(staff.opens_at, language, zone=policy.zone, now=now)
            who = say("hub.call.closed", language, opens_at=opens)
        return f"{what} {who}" if language == "en" else f"{what}{who}"

    def reason_beside_the_bot(
        self, message: Message, reply: BotReply, earlier: list[Message]
    ) -> str | None:
        """Return "abuse" or "complaint" (a threat, a danger), or None.

        A complaint that the bot takes down is rated there; this is for words that it took for
        something else.
        """
        policy = self._policy()
        insults = 0
        if reply.intent == "abuse":
            before = takewhile(
                lambda one: (one.understanding or {}).get("intent") == "abuse", earlier
            )
            insults = 1 + sum(1 for _ in before)
        is_handled = reply.task in _HANDLED_BY_THE_BOT or reply.intent in _HANDLED_BY_THE_BOT
        severity = None
        if message.text and not is_handled:
            rating = rate(message.text, policy.complaints)
            severity = rating.severity if rating.findings else None
        signals = Signals(insults_in_a_row=insults, complaint_severity=severity)
        return trigger(signals, policy.escalation)
