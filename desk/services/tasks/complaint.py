"""complaint: what happened, what is wanted, confirm, a case (R2); urgent ones go to people."""

import hashlib
import re

from desk.domain.access import Identity
from desk.domain.cases import Case, CaseState, CaseType
from desk.domain.complaints import Rating, rate
from desk.domain.escalation import Signals, trigger
from desk.domain.policy import Severity
from desk.domain.shop import Order
from desk.domain.words import classify
from desk.services.access import identity_of, may_see, normal_order_number, verified_orders
from desk.services.cases import OpenCase, open_case
from desk.services.escalation import ClosedNow, hand_over
from desk.services.tasks.cards import case_card, next_step
from desk.services.tasks.step import Step, TaskAsk, TaskDesk

WANTED = ("refund", "replacement", "apology", "explanation", "other")
FINISHED = {"description": None, "wanted": None, "offered": None, "phone_last4": None}
LONGEST = 2000
SUMMARY = 80
LEAST_SIGNS_ZH, LEAST_WORDS_EN = 7, 6
# What only says that somebody wants to complain, not about what.
OPENING = re.compile(
    r"我?(想|要|需要)?(要)?(对你们|给你们)?(进行)?(投诉|举报)(一下|你们|商家|店家|客服)?"
    r"|i\s*(want|would like|wish|need)\s*to|i'd like to|(make|file|lodge|raise)"
    r"|complaints?|complain|about|please|您好|你好|hello|hi",
    re.IGNORECASE,
)


async def complaint(ask: TaskAsk, desk: TaskDesk) -> Step:
    """Take the complaint one step further. The key of a turn that opened a case gives that case."""
    who = await identity_of(desk.units, ask.conversation_id)
    if known := await _case_of(ask, desk, who):
        return await _opened(known, ask, desk)
    if ask.intent == "cancel_task":
        return Step("complaint_stopped", slots=FINISHED)
    description = described(ask) or _urgent_words(ask, desk)
    if description is None:
        return Step(
            "complaint_ask_description", slots=FINISHED, expects="description", task_open=True
        )
    order = await _order(ask, desk, who)
    rating = await _rate(description, order, who, desk)
    if trigger(Signals(complaint_severity=rating.severity), desk.policy.escalation):
        return await _open(ask, desk, who, description, _wanted(ask, desk), order, rating)
    wanted = _wanted(ask, desk)
    if wanted is None:
        return _ask_wanted(description)
    proposal = _fingerprint(description, wanted)
    offered = next((o.id for o in ask.slots.offered if o.kind == "proposal"), None)
    if ask.expects == "confirm" and offered == proposal:
        if ask.intent == "affirm":
            return await _open(ask, desk, who, description, wanted, order, rating)
        if ask.intent == "deny":
            return Step("complaint_stopped", slots=FINISHED)
    return _confirm(ask, desk, description, wanted, order)


def described(ask: TaskAsk) -> str | None:
    """Return what happened in the shopper's words, None while they only said "complaint"."""
    known, text = ask.slots.description, ask.text.strip()
    if text.startswith("/"):  # a button
        text = ""
    if ask.expects == "description" and text and ask.intent not in ("affirm", "deny"):
        return _joined(known, text)
    is_more = ask.expects == "wanted" and ask.slots.wanted is None  # no wish: more of the story
    if is_more and known and ask.intent == "inform" and _says_something(text):
        return _joined(known, text)
    if ask.expects == "confirm" and known and ask.intent == "inform" and _says_something(text):
        return _joined(known, text)
    if known:
        return known
    return text[:LONGEST] if _says_something(text) else None


def _urgent_words(ask: TaskAsk, desk: TaskDesk) -> str | None:
    """Return a short first message all the same when it is urgent: "I will call 12315"."""
    text = ask.text.strip()
    rating = rate(text, desk.policy.complaints)
    is_urgent = rating.severity.rank >= desk.policy.escalation.complaint_from.rank
    return text if is_urgent and not text.startswith("/") else None


def _joined(known: str | None, text: str) -> str:
    if known is None or text in known:
        return (known or text)[:LONGEST]
    return f"{known}\n{text}"[:LONGEST]


def _says_something(text: str) -> bool:
    rest = OPENING.sub(" ", text)
    signs = len(re.findall(r"[\u4e00-\u9fff]", rest))
    words = len(re.findall(r"[A-Za-z']+", rest))
    return signs >= LEAST_SIGNS_ZH or words >= LEAST_WORDS_EN


async def _case_of(ask: TaskAsk, desk: TaskDesk, who: Identity) -> Case | None:
    async with desk.units(read_only=True) as uow:
        return await uow.cases.by_key(who.shopper_id, ask.key)


async def _order(ask: TaskAsk, desk: TaskDesk, who: Identity) -> Order | None:
    """Return the order when it is known and theirs; nobody must prove anything to complain."""
    number = normal_order_number(ask.slots.order_number or "")
    if not number and who.shop_ref is None:
        proved = await verified_orders(desk.units, who.conversation_id)
        number = proved[0] if len(proved) == 1 else ""
    order = await desk.shop.order(number) if number else None
    return order if order and await may_see(desk.units, who, order) else None


async def _rate(description: str, order: Order | None, who: Identity, desk: TaskDesk) -> Rating:
    profile = await desk.shop.shopper(who.shop_ref) if who.shop_ref else None
    return rate(
        description,
        desk.policy.complaints,
        order_value_minor=order.paid_minor if order else None,
        currency=order.currency if order else None,
        vip_level=profile.vip_level if profile else 0,
    )


def _wanted(ask: TaskAsk, desk: TaskDesk) -> str | None:
    if ask.slots.wanted in WANTED:
        known = ask.slots.wanted
        if ask.expects == "confirm" and ask.intent in ("deny", "inform"):
            return classify(ask.text, desk.policy.complaints.wanted_words) or known
        return known
    if ask.expects != "wanted" or ask.text.startswith("/"):
        return None
    wanted = classify(ask.text, desk.policy.complaints.wanted_words)
    if wanted is None and ask.intent == "inform" and ask.text.strip():
        return "other"
    return wanted


def _fingerprint(description: str, wanted: str) -> str:
    return hashlib.sha256(f"{wanted}|{description}".encode()).hexdigest()[:16]


def _ask_wanted(description: str) -> Step:
    return Step(
        "complaint_ask_wanted",
        slots={"description": description, "offered": None},
        expects="wanted",
        task_open=True,
    )


def _confirm(
    ask: TaskAsk, desk: TaskDesk, description: str, wanted: str, order: Order | None
) -> Step:
    short = " ".join(description.split())
    short = short if len(short) <= SUMMARY else f"{short[:SUMMARY]}…"
    kind = "with" if order else "without"
    summary = desk.texts.say(
        f"complaint_{kind}_order",
        ask.language,
        text=short,
        **({"order_number": order.number} if order else {}),
    )
    return Step(
        "complaint_confirm",
        {"summary": summary, "wanted_text": desk.texts.say(f"wanted.{wanted}", ask.language)},
        slots={
            "description": description,
            "wanted": wanted,
            "offered": [{"kind": "proposal", "id": _fingerprint(description, wanted)}],
        },
        expects="confirm",
        task_open=True,
    )


async def _open(
    ask: TaskAsk,
    desk: TaskDesk,
    who: Identity,
    description: str,
    wanted: str | None,
    order: Order | None,
    rating: Rating,
) -> Step:
    opened = await open_case(
        desk.units,
        OpenCase(
            type=CaseType.COMPLAINT,
            shopper_id=who.shopper_id,
            language=ask.language,
            key=ask.key,
            actor="bot",
            conversation_id=ask.conversation_id,
            severity=rating.severity,
            order_number=order.number if order else None,
            description=description,
            wanted=wanted,
            currency=order.currency if order else None,
            decision={
                "outcome": "accepted",
                "rule": rating.rule,
                "findings": [
                    {"rule": finding.rule, "because": list(finding.because)}
                    for finding in rating.findings
                ],
            },
            photos=ask.slots.photo_ids,
            path=(CaseState.UNDER_REVIEW,),
        ),
        desk.policy,
        now=desk.now,
        choose=desk.choose,
    )
    return await _opened(opened.case, ask, desk)


async def _opened(case: Case, ask: TaskAsk, desk: TaskDesk) -> Step:
    """Say what became of it; urgent ones go to a person in the same turn, once."""
    language = ask.language
    deadline = desk.moment(case.deadline_at, language)
    values = {"number": case.number, "deadline": deadline}
    card = case_card(case, desk, language)
    is_urgent = trigger(Signals(complaint_severity=case.severity), desk.policy.escalation)
    step = next_step(case, desk, language)
    if is_urgent:
        place = await hand_over(
            desk.units,
            desk.ports,
            ask.conversation_id,
            reason="complaint",
            key=ask.key,
            policy=desk.policy,
            now=desk.now,
            choose=desk.choose,
            severity=Severity(case.severity),
            opens_callback=False,
        )
        if not isinstance(place, ClosedNow):
            return Step(
                "complaint_done_urgent", values, card=card, slots=FINISHED, handed_over=True
            )
        opens_at = desk.moment(place.opens_at, language)
        step = desk.texts.say("closed_next_step", language, opens_at=opens_at)
    return Step("complaint_done", {**values, "next_step": step}, card=card, slots=FINISHED)
