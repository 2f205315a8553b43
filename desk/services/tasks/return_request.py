"""return_request: ask only what is missing, confirm, open one return case, show it (R2, R3).

The rules are `desk.domain.returns`; this module decides only what to ask next.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from desk.domain.access import Identity
from desk.domain.cases import Case, CaseState, CaseType
from desk.domain.picking import lines_meant
from desk.domain.returns import Condition, Reason, ReturnAsk, ReturnDecision, decide, remaining
from desk.domain.shop import Order, OrderLine, OrderState, ShopperProfile
from desk.domain.words import classify
from desk.services.access import identity_of
from desk.services.cases import OpenCase, open_case
from desk.services.tasks.cards import (
    case_card,
    case_state_text,
    lines_card,
    next_step,
    order_state_text,
    title_of,
)
from desk.services.tasks.orders import Found, find_order, nth
from desk.services.tasks.step import (
    NO_PHOTO,
    Button,
    Slots,
    Step,
    TaskAsk,
    TaskDesk,
    payload,
    person_button,
)

USED_UP = {"phone_last4": None, "product": None, "ordinal": None, "offered": None}
FINISHED = {
    **USED_UP,
    "line": None,
    "reason": None,
    "condition": None,
    "quantity": None,
    "photos": None,
    "description": None,
}


# "Has it been used or opened?" (utter_return_request_ask_condition)
_YES_NO_USED = {"affirm": Condition.USED.value, "deny": Condition.UNUSED.value}


@dataclass(frozen=True, slots=True)
class Wish:
    """Everything that is known of the wanted return in this turn."""

    order: Order
    line: OrderLine
    quantity: int
    refunded: int
    profile: ShopperProfile | None
    slots: Slots

    @property
    def proposal(self) -> str:
        """What the shopper is asked to confirm; another value means that it must be asked again."""
        parts = (self.line.id, self.quantity, self.slots.reason, self.slots.condition)
        return "|".join(str(part) for part in parts)


async def return_request(ask: TaskAsk, desk: TaskDesk) -> Step:
    """Take the return one step further. The key of a turn that opened a case gives that case."""
    who = await identity_of(desk.units, ask.conversation_id)
    if known := await _case_of(ask, desk, who):
        return _opened(known, ask, desk)
    if ask.intent == "cancel_task":
        return _stopped(ask)
    found = await find_order(ask, desk, who, wants_delivered=True)
    if isinstance(found, Step):
        return found
    line = await _line(ask, desk, found)
    if isinstance(line, Step):
        return line
    return await _with_line(ask, desk, who, found.order, line)


async def _case_of(ask: TaskAsk, desk: TaskDesk, who: Identity) -> Case | None:
    async with desk.units(read_only=True) as uow:
        return await uow.cases.by_key(who.shopper_id, ask.key)


async def _line(ask: TaskAsk, desk: TaskDesk, found: Found) -> OrderLine | Step:
    """Return the line to send back, or the step that asks for it or says that there is none."""
    order = found.order
    if order.state in (OrderState.CANCELLED, OrderState.UNPAID):
        return _refused_order(order, ask, desk)
    named = _named_line(ask, desk, found)
    if named:
        return named
    arrived = [line for line in order.lines if line.delivered_at]
    if not arrived:
        return _not_delivered(order, ask, desk)
    async with desk.units(read_only=True) as uow:
        left, with_case = [], []
        for line in arrived:
            if case := await uow.cases.open_for_line(line.id, CaseType.RETURN):
                with_case.append(case)
            elif not line.is_gift and remaining(line, await uow.cases.refunded_quantity(line.id)):
                left.append(line)
    if not left and with_case:
        return _already_open(with_case[0], ask, desk)
    if not left:
        return Step(
            "return_request_nothing_left",
            {"order_number": order.number},
            slots={**FINISHED, "order_number": None},
        )
    if len(left) == 1 and not with_case and not ask.slots.product:
        return left[0]
    return Step(
        "return_request_ask_line",
        {"order_number": order.number},
        card=lines_card(order, left, ask.language),
        slots={
            **USED_UP,
            "order_number": order.number,
            "line": None,
            "offered": [{"kind": "line", "id": line.id} for line in left],
        },
        expects="line",
        task_open=True,
    )


def _named_line(ask: TaskAsk, desk: TaskDesk, found: Found) -> OrderLine | None:
    """Return the line that the newest words point at; words and places beat an older choice."""
    lines = {line.id: line for line in found.order.lines}
    shown = [offer.id for offer in ask.slots.offered if offer.kind == "line"]
    place = nth(shown, ask.slots.ordinal) if shown else None
    if place is None and ask.slots.ordinal and not shown and not found.line:
        in_order = [line.id for line in found.order.lines if not line.is_gift]
        place = nth(in_order, ask.slots.ordinal) if not ask.slots.offered else None
    if place in lines:
        return lines[place]
    words = ask.slots.product
    if words is None and ask.expects in (None, "line") and ask.slots.line is None:
        words = ask.text
    if words:
        pool = [line for line in lines.values() if line.delivered_at] or list(lines.values())
        meant = lines_meant(words, pool, desk.policy.categories)
        if not meant:
            meant = lines_meant(words, list(lines.values()), desk.policy.categories)
        if len(meant) == 1:
            return meant[0]
    if found.line and found.line.id in lines:
        return lines[found.line.id]
    return lines.get(ask.slots.line or "")


async def _with_line(
    ask: TaskAsk, desk: TaskDesk, who: Identity, order: Order, line: OrderLine
) -> Step:
    if line.delivered_at is None:
        return _not_delivered(order, ask, desk)
    async with desk.units(read_only=True) as uow:
        same = await uow.cases.open_for_line(line.id, CaseType.RETURN)
        refunded = await uow.cases.refunded_quantity(line.id)
    if same:
        return _already_open(same, ask, desk)
    left = remaining(line, refunded)
    if left == 0:
        values = {"order_number": order.number}
        return Step("return_request_nothing_left", values, slots={**FINISHED, "order_number": None})
    slots = _understood(ask, desk)
    wanted = slots.quantity if slots.quantity and 1 <= slots.quantity <= left else left
    profile = await desk.shop.shopper(who.shop_ref) if who.shop_ref else None
    wish = Wish(order, line, wanted, refunded, profile, slots)
    return await _ask_or_decide(wish, ask, desk, who)


def _understood(ask: TaskAsk, desk: TaskDesk) -> Slots:
    """Return the slots, with typed answers to our last question read by the shop's words."""
    slots, rules = ask.slots, desk.policy.returns
    is_answer = ask.intent in ("inform", "nlu_fallback") and not ask.text.startswith("/")
    reason = slots.reason if slots.reason in list(Reason) else None
    if reason is None and ask.text and not ask.text.startswith("/"):
        reason = classify(ask.text, rules.reason_words)
        if reason is None and ask.expects == "reason" and is_answer and ask.text.strip():
            slots = replace(slots, description=ask.text.strip())
            reason = Reason.OTHER.value
    condition = slots.condition if slots.condition in list(Condition) else None
    if condition is None and ask.expects == "condition":
        condition = classify(ask.text, rules.condition_words) or _YES_NO_USED.get(ask.intent)
    if ask.expects == "photo" and not slots.photo_ids and ask.intent in ("deny", "inform"):
        slots = replace(slots, photos=(NO_PHOTO,))
        if is_answer and not slots.description and len(ask.text) > len("没有照片"):
            slots = replace(slots, description=ask.text.strip())
    if ask.expects == "confirm" and ask.intent in ("deny", "inform"):
        # "No, it is broken": the reason of this very sentence beats the one from before.
        reason = classify(ask.text, _faults_first(desk)) or reason
    return replace(slots, reason=reason, condition=condition)


def _faults_first(desk: TaskDesk) -> dict[str, tuple[str, ...]]:
    """Return the words for faults only: other reasons are too easily part of a plain no."""
    rules = desk.policy.returns
    return {key: words for key, words in rules.reason_words.items() if key in rules.fault_reasons}


async def _ask_or_decide(wish: Wish, ask: TaskAsk, desk: TaskDesk, who: Identity) -> Step:
    slots = wish.slots
    if slots.reason is None:
        return _question("reason", wish, ask, desk)
    decision = _decide(wish, desk)
    if decision.outcome == "refused":
        return _refused(wish, decision, ask, desk)
    if decision.condition_matters and slots.condition is None:
        return _question("condition", wish, ask, desk)
    if decision.photo_wanted and not slots.photos:
        return _question("photo", wish, ask, desk)
    offered = next((offer.id for offer in slots.offered if offer.kind == "proposal"), None)
    if ask.expects == "confirm" and offered == wish.proposal:
        if ask.intent == "affirm":
            return await _open(wish, decision, ask, desk, who)
        if ask.intent == "deny":
            return _stopped(ask)
    return _confirm(wish, decision, ask, desk)


def _decide(wish: Wish, desk: TaskDesk) -> ReturnDecision:
    slots = wish.slots
    asked = ReturnAsk(
        line_id=wish.line.id,
        quantity=wish.quantity,
        reason=Reason(slots.reason or Reason.OTHER),
        condition=Condition(slots.condition) if slots.condition else None,
        has_photo=bool(slots.photo_ids),
        has_description=bool(slots.description),
        already_returned=wish.refunded,
    )
    return decide(wish.order, asked, desk.policy, desk.now, wish.profile)


def _kept(wish: Wish, **more: object) -> dict[str, object]:
    """Return the slots that go on to the next turn; what has been used is cleared."""
    slots = wish.slots
    return {
        **USED_UP,
        "order_number": wish.order.number,
        "line": wish.line.id,
        "reason": slots.reason,
        "condition": slots.condition,
        "photos": list(slots.photos) or None,
        "description": slots.description,
        **more,
    }


def _title(wish: Wish, ask: TaskAsk, desk: TaskDesk) -> str:
    line = wish.line
    return title_of(line.title, line.variant, wish.quantity, desk.texts, ask.language)


def _question(about: str, wish: Wish, ask: TaskAsk, desk: TaskDesk) -> Step:
    """Ask for one thing; the buttons for it are part of the bot's response."""
    return Step(
        f"return_request_ask_{about}",
        {"title": _title(wish, ask, desk)},
        slots=_kept(wish),
        expects=about,
        task_open=True,
    )


def _confirm(wish: Wish, decision: ReturnDecision, ask: TaskAsk, desk: TaskDesk) -> Step:
    path = desk.policy.refund_paths.get(wish.order.payment_method)
    path = path or desk.policy.refund_paths["other"]
    say, language = desk.texts.say, ask.language
    values = {
        "title": _title(wish, ask, desk),
        "refund": desk.money(decision.refund_minor, wish.order.currency, language),
        "freight": say(f"freight.{decision.freight_payer}", language),
        "freight_payer_text": say(f"freight_payer.{decision.freight_payer}", language),
        "path": path.name.in_language(language),
        "days": str(path.days),
    }
    return Step(
        "return_request_confirm",
        values,
        slots=_kept(wish, offered=[{"kind": "proposal", "id": wish.proposal}]),
        expects="confirm",
        task_open=True,
    )


async def _open(
    wish: Wish, decision: ReturnDecision, ask: TaskAsk, desk: TaskDesk, who: Identity
) -> Step:
    is_review = decision.outcome == "review"
    has_gift = not decision.facts.get("is_fault") and any(g.is_gift for g in wish.order.lines)
    stored: dict[str, Any] = {
        "outcome": decision.outcome,
        "rule": decision.rule,
        "reason": decision.reason,
        "facts": decision.facts,
        "freight_payer": decision.freight_payer,
        "condition": wish.slots.condition,
        "return_by": decision.return_by.isoformat() if decision.return_by else None,
        "has_gift": has_gift,
        "title_zh": wish.line.title.zh,
        "title_en": wish.line.title.en,
    }
    opened = await open_case(
        desk.units,
        OpenCase(
            type=CaseType.RETURN,
            shopper_id=who.shopper_id,
            language=ask.language,
            key=ask.key,
            actor="bot",
            conversation_id=ask.conversation_id,
            order_number=wish.order.number,
            line_id=wish.line.id,
            quantity=wish.quantity,
            reason=wish.slots.reason,
            description=wish.slots.description or "",
            wanted="refund",
            refund_minor=decision.refund_minor,
            currency=wish.order.currency,
            decision=stored,
            photos=wish.slots.photo_ids,
            path=(CaseState.UNDER_REVIEW,)
            if is_review
            else (CaseState.APPROVED, CaseState.WAITING_FOR_PARCEL),
        ),
        desk.policy,
        now=desk.now,
        choose=desk.choose,
    )
    if not opened.is_new and opened.case.key != ask.key:
        return _already_open(opened.case, ask, desk)
    return _opened(opened.case, ask, desk)


def _opened(case: Case, ask: TaskAsk, desk: TaskDesk) -> Step:
    """Return what is said of a case that this very turn has opened, now or before a crash."""
    slots = {**FINISHED, "order_number": None}
    card = case_card(case, desk, ask.language)
    if case.decision.get("outcome") == "review":
        deadline = desk.moment(case.deadline_at, ask.language)
        values = {"number": case.number, "deadline": deadline}
        return Step("return_request_review", values, card=card, slots=slots)
    return_by = case.decision.get("return_by")
    values = {
        "number": case.number,
        "refund": desk.money(case.refund_minor or 0, case.currency or "", ask.language),
        "return_by": desk.day(desk.policy.shop_date(case.created_at), ask.language),
        "next_step": next_step(case, desk, ask.language),
    }
    if isinstance(return_by, str):
        values["return_by"] = desk.day(_day(return_by), ask.language)
    return Step("return_request_done", values, card=card, slots=slots)


def _already_open(case: Case, ask: TaskAsk, desk: TaskDesk) -> Step:
    values = {
        "number": case.number,
        "state_text": case_state_text(case.state, desk.texts, ask.language),
    }
    return Step(
        "return_request_already_open",
        values,
        card=case_card(case, desk, ask.language),
        slots={**FINISHED, "order_number": case.order_number},
    )


def _stopped(ask: TaskAsk) -> Step:
    return Step("return_request_stopped", slots={**FINISHED, "order_number": None})


def _not_delivered(order: Order, ask: TaskAsk, desk: TaskDesk) -> Step:
    values = {
        "order_number": order.number,
        "state_text": order_state_text(order, desk.texts, ask.language),
    }
    button = Button(
        desk.texts.say("button.status", ask.language),
        payload("order_status", order_number=order.number),
    )
    return Step(
        "return_request_not_delivered",
        values,
        buttons=(button,),
        slots={**FINISHED, "order_number": order.number},
    )


def _refused_order(order: Order, ask: TaskAsk, desk: TaskDesk) -> Step:
    state, say = order.state.value, desk.texts.say
    values = {
        "title": order.number,
        "why": say(f"refusal.{state}", ask.language),
        "instead": say(f"instead.{state}", ask.language),
    }
    return Step("return_request_refused", values, slots={**FINISHED, "order_number": None})


def _refused(wish: Wish, decision: ReturnDecision, ask: TaskAsk, desk: TaskDesk) -> Step:
    say, language, facts = desk.texts.say, ask.language, decision.facts
    until = facts.get("fault_until")
    values = {
        "title": _title(wish, ask, desk),
        "why": say(
            f"refusal.{decision.reason}",
            language,
            held=facts.get("days_held", ""),
            window=facts.get("window_days", ""),
            last_day=desk.day(decision.last_day, language) if decision.last_day else "",
        ),
        "instead": say(
            f"instead.{decision.instead or 'person'}",
            language,
            fault_until=desk.day(_day(until), language) if isinstance(until, str) else "",
        ),
    }
    buttons = [person_button(desk, language)]
    if (decision.instead or "").startswith("if_faulty"):
        faulty = payload("return_request", line=wish.line.id, reason=Reason.QUALITY_FAULT.value)
        buttons.insert(0, Button(say("button.is_faulty", language), faulty))
    return Step(
        "return_request_refused",
        values,
        buttons=buttons,
        # "But it is broken!" may come next and means this line.
        slots={**FINISHED, "order_number": wish.order.number, "line": wish.line.id},
    )


def _day(text: str) -> date:
    return date.fromisoformat(text)
