"""A browser's right to one conversation, and who the shop says is sitting there (R9)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

import jwt

from desk.domain.conversations import Conversation
from desk.domain.errors import DeskError
from desk.domain.people import Shopper, WidgetSession
from desk.services.agents import token_hash
from desk.services.conversations import new_conversation_id
from desk.services.uow import UnitOfWork, UnitOfWorkFactory

SESSION_LENGTH = timedelta(days=30)
LONGEST_TOKEN_LIFE = timedelta(hours=1)
CLOCK_SKEW = timedelta(seconds=60)
WIDGET = "widget"
OPERATOR_AUDIENCE = "zhanggui-operator"  # of tokens that `zhanggui chat` shows


class BadShopperTokenError(DeskError):
    """A shopper token that the shop has not signed, that has ended, or that lives too long."""

    code: ClassVar[str] = "bad_shopper_token"


class BadSessionError(DeskError):
    """A session token that is unknown or has ended."""

    code: ClassVar[str] = "bad_session"


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A browser may go on in this conversation."""

    token: str
    conversation: Conversation
    shopper: Shopper
    is_resumed: bool


def shop_ref_of(token: str, secret: str, *, now: datetime) -> str:
    """Return the shopper whom the shop vouches for. Raises BadShopperTokenError.

    HS256 only; `exp`, `iat`, `jti` and `sub` must stand in it and its life is at most an hour.
    """
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={
                "require": ["exp", "iat", "jti", "sub"],
                "verify_exp": False,  # compared below, by the clock that is handed in
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
            },
        )
        issued, ends, ref = float(claims["iat"]), float(claims["exp"]), str(claims["sub"])
    except (jwt.PyJWTError, TypeError, ValueError):
        raise BadShopperTokenError(why="invalid") from None
    moment, skew = now.timestamp(), CLOCK_SKEW.total_seconds()
    if moment >= ends or issued > moment + skew:
        raise BadShopperTokenError(why="expired")
    if not 0 < ends - issued <= LONGEST_TOKEN_LIFE.total_seconds():
        raise BadShopperTokenError(why="lifetime")
    if not 0 < len(ref) <= 64 or not ref.isprintable():  # no NUL, no half a character
        raise BadShopperTokenError(why="invalid")
    return ref


def sign_shopper_token(ref: str, secret: str, *, now: datetime) -> str:
    """Sign a token as the shop does; used by the demo shop's log-in and by tests."""
    claims = {
        "sub": ref,
        "iat": int(now.timestamp()),
        "exp": int((now + LONGEST_TOKEN_LIFE).timestamp()),
        "jti": secrets.token_urlsafe(12),
    }
    return jwt.encode(claims, secret, algorithm="HS256")


async def open_session(
    make_uow: UnitOfWorkFactory,
    *,
    shop_ref: str | None,
    session_token: str | None,
    language: str,
    now: datetime,
    is_new_wanted: bool = False,
) -> OpenedSession:
    """Resume a session or begin one; `is_new_wanted` begins a conversation in any case.

    A signed-in session is resumed only for the same shopper, so that nobody reads what the one
    before them on a shared computer wrote; and what a stranger wrote is never joined to somebody
    who signs in.
    """
    async with make_uow() as uow:
        resumed = None
        if not is_new_wanted:
            resumed = await _resumed(uow, shop_ref, session_token, now)
        if resumed is not None:
            return resumed
        shopper = await uow.shoppers.by_ref(shop_ref) if shop_ref else None
        if shopper is None:
            shopper = await uow.shoppers.add(shop_ref, now)
        conversation = None
        if shop_ref and not is_new_wanted:
            conversation = await uow.conversations.of_shopper(shopper.id, WIDGET)
        if conversation is None:
            conversation = Conversation(
                id=new_conversation_id(),
                channel=WIDGET,
                shopper_id=shopper.id,
                language=language,
                created_at=now,
                updated_at=now,
            )
            await uow.conversations.add(conversation)
        token = secrets.token_urlsafe(32)
        await uow.sessions.add(
            WidgetSession(
                token_hash=token_hash(token),
                shopper_id=shopper.id,
                conversation_id=conversation.id,
                is_signed_in=shop_ref is not None,
                created_at=now,
                expires_at=now + SESSION_LENGTH,
            )
        )
        await uow.commit()
    return OpenedSession(token, conversation, shopper, is_resumed=False)


async def _resumed(
    uow: UnitOfWork, shop_ref: str | None, session_token: str | None, now: datetime
) -> OpenedSession | None:
    if not session_token:
        return None
    session = await uow.sessions.by_hash(token_hash(session_token))
    if session is None or session.expires_at <= now:
        return None
    shopper = await uow.shoppers.get(session.shopper_id)
    conversation = await uow.conversations.get(session.conversation_id)
    if shopper is None or conversation is None:
        return None
    is_same = session.is_signed_in == (shop_ref is not None) and (
        not session.is_signed_in or shopper.shop_ref == shop_ref
    )
    if not is_same:
        return None
    return OpenedSession(session_token, conversation, shopper, is_resumed=True)


async def session_of(
    make_uow: UnitOfWorkFactory, token: str | None, *, now: datetime
) -> WidgetSession:
    """Return the session of a token. Raises BadSessionError."""
    if not token or len(token) > 200:
        raise BadSessionError()
    async with make_uow(read_only=True) as uow:
        session = await uow.sessions.by_hash(token_hash(token))
    if session is None or session.expires_at <= now:
        raise BadSessionError()
    return session
