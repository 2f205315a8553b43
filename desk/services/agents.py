"""Sign agents in and out. Wrong login and wrong password cannot be told apart."""

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from desk.domain.errors import DeskError
from desk.domain.people import Agent, AgentSession, Role
from desk.services.uow import UnitOfWorkFactory

SESSION_LENGTH = timedelta(hours=12)
LONGEST_PASSWORD = 256  # argon2 of a megabyte would be a gift to an attacker


class SignInRefusedError(DeskError):
    """Unknown login, wrong password or an agent who was put on hold."""

    code: ClassVar[str] = "sign_in_refused"


class NotSignedInError(DeskError):
    """No session, or one that has ended."""

    code: ClassVar[str] = "not_signed_in"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An agent with a new session; `token` goes into the cookie and is not kept."""

    agent: Agent
    token: str
    session: AgentSession


def token_hash(token: str) -> str:
    """Return what is stored of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class Passwords:
    """Argon2 in a thread: it takes tens of milliseconds of pure computing."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Use the library's recommended costs unless told otherwise."""
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    async def hash(self, password: str) -> str:
        """Return the hash of a password."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def is_right(self, password: str, password_hash: str | None) -> bool:
        """Compare; without a hash the same work is done and the answer is False."""
        return await asyncio.to_thread(self._compare, password, password_hash)

    def _compare(self, password: str, password_hash: str | None) -> bool:
        try:
            self._hasher.verify(password_hash or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None


async def sign_in(
    make_uow: UnitOfWorkFactory, passwords: Passwords, login: str, password: str, *, now: datetime
) -> SignedIn:
    """Open a session. Raises SignInRefusedError."""
    async with make_uow(read_only=True) as uow:
        agent = await uow.agents.by_login(login)
    known = agent if agent is not None and agent.is_active else None
    if len(password) > LONGEST_PASSWORD:
        raise SignInRefusedError()
    is_right = await passwords.is_right(password, known.password_hash if known else None)
    if known is None or not is_right:
        raise SignInRefusedError()
    token = secrets.token_urlsafe(32)
    session = AgentSession(
        token_hash=token_hash(token),
        agent_id=known.id,
        csrf_token=secrets.token_urlsafe(32),
        created_at=now,
        expires_at=now + SESSION_LENGTH,
    )
    async with make_uow() as uow:
        await uow.agents.add_session(session)
        await uow.commit()
    return SignedIn(known, token, session)


async def who_is(
    make_uow: UnitOfWorkFactory, token: str | None, *, now: datetime
) -> tuple[Agent, AgentSession]:
    """Return the agent of a cookie. Raises NotSignedInError."""
    if not token:
        raise NotSignedInError()
    async with make_uow(read_only=True) as uow:
        session = await uow.agents.session(token_hash(token))
        agent = await uow.agents.get(session.agent_id) if session else None
    if session is None or agent is None or session.expires_at <= now or not agent.is_active:
        raise NotSignedInError()
    return agent, session


def is_csrf_right(session: AgentSession, given: str | None) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(session.csrf_token.encode(), (given or "").encode())


async def sign_out(make_uow: UnitOfWorkFactory, token: str) -> None:
    """End a session; again is fine."""
    async with make_uow() as uow:
        await uow.agents.delete_session(token_hash(token))
        await uow.commit()


async def ensure_agent(
    make_uow: UnitOfWorkFactory,
    passwords: Passwords,
    *,
    login: str,
    name: str,
    role: Role,
    password: str,
    now: datetime,
) -> bool:
    """Make an agent unless the login exists; returns whether one was made."""
    async with make_uow(read_only=True) as uow:
        if await uow.agents.by_login(login) is not None:
            return False
    password_hash = await passwords.hash(password)
    async with make_uow() as uow:
        if await uow.agents.by_login(login) is not None:
            return False
        await uow.agents.add(login, name, role, password_hash, now)
        await uow.commit()
    return True


DEMO_PASSWORD = "zhanggui-demo"  # noqa: S105 - shown on the demo page
DEMO_AGENTS: tuple[tuple[str, str, Role], ...] = (
    ("lin", "林小满", "agent"),
    ("chen", "陈主管", "supervisor"),
    ("admin", "管理员", "admin"),
)


async def seed_demo_agents(
    make_uow: UnitOfWorkFactory, passwords: Passwords, *, now: datetime
) -> int:
    """Make the demo's agents, whose password everybody knows; returns how many were new."""
    made = 0
    for login, name, role in DEMO_AGENTS:
        made += await ensure_agent(
            make_uow,
            passwords,
            login=login,
            name=name,
            role=role,
            password=DEMO_PASSWORD,
            now=now,
        )
    return made
