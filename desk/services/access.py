"""Who writes in a conversation and which orders they may see (R9).

A signed-in shopper sees their own orders. A stranger proves one order by its number and the last
four digits of the phone; wrong number and wrong phone get one and the same answer.
"""

import hmac
import logging
from datetime import datetime

from desk.domain.access import Failed, Identity, Verdict, Verified, lock_of, window_start
from desk.domain.errors import DeskError
from desk.domain.policy import VerificationPolicy
from desk.domain.shop import Order
from desk.services.shop import Shop
from desk.services.uow import UnitOfWorkFactory

log = logging.getLogger(__name__)

LONGEST_ORDER_NUMBER = 32


class ConversationNotFoundError(DeskError):
    """There is no such conversation."""

    code = "conversation_not_found"


def normal_order_number(text: str) -> str:
    """Return an order number as it is stored: upper case, without separators."""
    return "".join(sign for sign in text.upper() if sign.isalnum())[:LONGEST_ORDER_NUMBER]


async def identity_of(units: UnitOfWorkFactory, conversation_id: str) -> Identity:
    """Return who writes in a conversation. Raises ConversationNotFoundError."""
    async with units(read_only=True) as uow:
        conversation = await uow.conversations.get(conversation_id)
        shopper = await uow.shoppers.get(conversation.shopper_id) if conversation else None
    if conversation is None or shopper is None:
        raise ConversationNotFoundError(conversation=conversation_id)
    return Identity(conversation.id, shopper.id, shopper.shop_ref, conversation.language)


async def verified_orders(units: UnitOfWorkFactory, conversation_id: str) -> list[str]:
    """Return the order numbers that a stranger has proved here, the latest first."""
    async with units(read_only=True) as uow:
        return list(await uow.access.verified_orders(conversation_id))


async def verify(
    units: UnitOfWorkFactory,
    shop: Shop,
    conversation_id: str,
    order_number: str,
    phone_last4: str,
    *,
    key: str,
    now: datetime,
    policy: VerificationPolicy,
) -> Verdict:
    """Let a stranger prove an order. The same key again gets the same answer and burns no try.

    While locked nothing is compared and nothing counted, so a right guess is not betrayed.
    """
    number = normal_order_number(order_number)
    order = await shop.order(number) if number else None
    is_right = _matches(order, phone_last4)
    since = window_start(now, policy)
    async with units() as uow:
        await uow.access.lock(conversation_id, number)
        of_conversation = await uow.access.failures_of_conversation(conversation_id, since)
        of_order = await uow.access.failures_of_order(number, since)
        if known := await uow.access.failure_by_key(conversation_id, key):
            until_then = sum(1 for moment in of_conversation if moment <= known.at)
            return Failed(max(0, policy.tries - until_then))
        if lock := lock_of(of_conversation, of_order, now, policy):
            log.warning("verification_locked", extra={"conversation": conversation_id})
            return lock
        if is_right:
            await uow.access.add_verified(conversation_id, number, now)
        else:
            await uow.access.add_failure(conversation_id, number, key, now)
        await uow.commit()
    if is_right:
        return Verified()
    log.info("verification_failed", extra={"conversation": conversation_id})
    # Only this conversation's tries are told: others' tries on the order are not its business.
    return Failed(max(0, policy.tries - len(of_conversation) - 1))


def _matches(order: Order | None, phone_last4: str) -> bool:
    digits = "".join(sign for sign in (order.address.phone if order else "") if sign.isdigit())
    given = "".join(sign for sign in phone_last4 if sign.isascii() and sign.isdigit())
    same = hmac.compare_digest(digits[-4:].encode(), given.encode())
    return order is not None and len(digits) >= 4 and len(given) == 4 and same


async def may_see(units: UnitOfWorkFactory, who: Identity, order: Order) -> bool:
    """Say whether this order may be shown in this conversation."""
    if who.shop_ref is not None:
        return order.shopper_ref == who.shop_ref
    return order.number in await verified_orders(units, who.conversation_id)
