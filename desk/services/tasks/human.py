"""human: hand the conversation over and say where it stands (R4)."""

from desk.services.escalation import AlreadyHandedOver, ClosedNow, hand_over
from desk.services.tasks.cards import case_card
from desk.services.tasks.step import Step, TaskAsk, TaskDesk

CLEARED = {"offered": None}


async def call_person(ask: TaskAsk, desk: TaskDesk, *, reason: str) -> Step:
    """Queue the conversation, or promise a call back outside working hours. Safe to repeat.

    `reason` "fallback" has an opening of its own: the shopper did not ask for a person.
    """
    place = await hand_over(
        desk.units,
        desk.ports,
        ask.conversation_id,
        reason=reason,
        key=ask.key,
        policy=desk.policy,
        now=desk.now,
        choose=desk.choose,
    )
    if isinstance(place, ClosedNow):
        number = place.case.number if place.case else ""
        values = {"opens_at": desk.moment(place.opens_at, ask.language), "number": number}
        card = case_card(place.case, desk, ask.language) if place.case else None
        return Step("human_closed", values, card=card, slots=CLEARED)
    values = {"position": str(place.position), "wait_minutes": str(place.wait_minutes)}
    if isinstance(place, AlreadyHandedOver):
        return Step("human_already", values, slots=CLEARED, handed_over=True)
    say = "fallback_human" if reason == "fallback" else "human_queued"
    return Step(say, values, slots=CLEARED, handed_over=True)
