"""What a task says next: the answer of a step function, and what it is asked with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from desk.domain.dates import format_date, format_moment
from desk.domain.money import format_money
from desk.domain.policy import Policy
from desk.services.cases import Choose
from desk.services.escalation import HandOverPorts
from desk.services.shop import Shop
from desk.services.uow import UnitOfWorkFactory
from desk.texts import Texts

Card = dict[str, Any]
NO_PHOTO = "none"  # stands in `photos` when the shopper said that there is none


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that was shown last, so that "the second one" means something."""

    kind: str  # "order" | "line" | "proposal"
    id: str


@dataclass(frozen=True, slots=True)
class Slots:
    """What the bot knows of the open task. Whatever cannot be read counts as not said."""

    order_number: str | None = None
    phone_last4: str | None = None
    line: str | None = None
    product: str | None = None
    reason: str | None = None
    condition: str | None = None
    quantity: int | None = None
    photos: tuple[str, ...] = ()
    description: str | None = None
    wanted: str | None = None
    ordinal: int | None = None
    offered: tuple[Offer, ...] = ()

    @property
    def photo_ids(self) -> tuple[str, ...]:
        """Return the photos that were sent."""
        return tuple(photo for photo in self.photos if photo.startswith("p_"))


def _text(value: object) -> str | None:
    if isinstance(value, list):  # Rasa keeps several entities of one message as a list: the last
        value = value[-1] if value else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return value.strip() or None if isinstance(value, str) else None


def _number(value: object) -> int | None:
    text = _text(value)
    try:
        return int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None


def read_slots(slots: Mapping[str, object]) -> Slots:
    """Read the bot's slots; unknown ones are ignored, unreadable ones are None."""
    photos, offered = slots.get("photos"), slots.get("offered")
    return Slots(
        order_number=_text(slots.get("order_number")),
        phone_last4=_text(slots.get("phone_last4")),
        line=_text(slots.get("line")),
        product=_text(slots.get("product")),
        reason=_text(slots.get("reason")),
        condition=_text(slots.get("condition")),
        quantity=_number(slots.get("quantity")),
        photos=tuple(str(item) for item in photos) if isinstance(photos, list) else (),
        description=_text(slots.get("description")),
        wanted=_text(slots.get("wanted")),
        ordinal=_number(slots.get("ordinal")),
        offered=tuple(
            Offer(str(item["kind"]), str(item["id"]))
            for item in (offered if isinstance(offered, list) else ())
            if isinstance(item, Mapping) and "kind" in item and "id" in item
        ),
    )


@dataclass(frozen=True, slots=True)
class TaskAsk:
    """One turn of a task. `key` is `<message id>:<task>`: the same turn again has the same key."""

    conversation_id: str
    key: str
    language: str
    text: str = ""
    intent: str = "inform"
    expects: str | None = None
    slots: Slots = Slots()


@dataclass(frozen=True, slots=True)
class TaskDesk:
    """What step functions work with; the moment and the randomness are handed in."""

    units: UnitOfWorkFactory
    shop: Shop
    policy: Policy
    texts: Texts
    ports: HandOverPorts
    now: datetime
    choose: Choose

    def money(self, amount_minor: int, currency: str, language: str) -> str:
        """Return an amount ready to read."""
        return format_money(amount_minor, currency, language)

    def day(self, day: date, language: str) -> str:
        """Return a calendar day ready to read."""
        return format_date(day, language, today=self.policy.shop_date(self.now))

    def moment(self, moment: datetime, language: str) -> str:
        """Return a moment in the shop's zone ready to read."""
        return format_moment(moment, language, zone=self.policy.zone, now=self.now)


@dataclass(frozen=True, slots=True)
class Button:
    """A quick answer."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Step:
    """What to say, what to remember, what is expected next."""

    say: str  # the action says utter_<say>
    values: Mapping[str, str] = field(default_factory=dict)
    buttons: Sequence[Button] = ()
    card: Card | None = None
    slots: Mapping[str, object] = field(default_factory=dict)  # None clears
    expects: str | None = None
    task_open: bool = False
    handed_over: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the body of the answer to the action server."""
        return {
            "say": self.say,
            "values": dict(self.values),
            "buttons": [{"title": b.title, "payload": b.payload} for b in self.buttons],
            "card": self.card,
            "slots": dict(self.slots),
            "expects": self.expects,
            "task_open": self.task_open,
            "handed_over": self.handed_over,
        }


def payload(intent: str, **entities: object) -> str:
    """Return a button's payload as Rasa reads it."""
    return f"/{intent}{json.dumps(entities, ensure_ascii=False) if entities else ''}"


def person_button(desk: TaskDesk, language: str) -> Button:
    """Return the button that asks for a person."""
    return Button(desk.texts.say("button.person", language), payload("human"))
