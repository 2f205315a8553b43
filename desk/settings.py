"""Everything that an installation may set, read once (`ZHANGGUI_…`, or a `.env` file)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRETS = {
    "bot_secret": "demo-bot-secret-change-me-before-going-live",
    "actions_secret": "demo-actions-secret-change-me-before-going-live",
    "shop_secret": "demo-shop-secret-change-me-before-going-live",
    "desk_secret": "demo-desk-secret-change-me-before-going-live",
}
SHORTEST_SECRET = 32
DATABASES = ("sqlite+aiosqlite:///", "postgresql+asyncpg://")


class Settings(BaseSettings):
    """Typed settings of the desk. Secrets have a default in demo mode only."""

    model_config = SettingsConfigDict(
        env_prefix="ZHANGGUI_",
        env_file=".env",
        extra="ignore",
        frozen=True,
        validate_default=True,
    )

    mode: Literal["demo", "production"] = "demo"
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65533)
    bot_port: int = Field(0, ge=0, le=65535, description="0: the desk's port + 1")
    actions_port: int = Field(0, ge=0, le=65535, description="0: the desk's port + 2")
    bot_url: str = ""  # "": the bot of `zhanggui run` on loopback
    data: Path = Path("var")
    database_url: str = ""  # "": SQLite in the data folder
    shop_database_url: str = ""  # "": SQLite in the data folder; the demo shop's own tables
    knowledge_base: Path = Path("knowledge_base")
    bot_timeout_s: float = Field(4.0, gt=0, le=60)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    allowed_origins: tuple[str, ...] = ()  # websites that may embed the widget; demo mode: any

    # Each is checked by itself, so that everything wrong is listed at once.
    bot_secret: SecretStr = SecretStr("")  # desk → bot
    actions_secret: SecretStr = SecretStr("")  # actions → desk
    shop_secret: SecretStr = SecretStr("")  # the shop signs shopper tokens with it
    desk_secret: SecretStr = SecretStr("")  # the desk signs photo links with it

    @field_validator("database_url", "shop_database_url")
    @classmethod
    def _url(cls, url: str) -> str:
        """Take only what the store has a driver for."""
        if url and not url.startswith(DATABASES):
            raise ValueError(f"begins with {' or '.join(DATABASES)}")
        return url

    @field_validator(*DEMO_SECRETS)
    @classmethod
    def _secret(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        """Fill in the demo secret in demo mode; refuse it, and a short one, in production mode."""
        demo, value = DEMO_SECRETS[str(info.field_name)], secret.get_secret_value()
        mode = info.data.get("mode")  # None: it is wrong itself, and that is said
        if mode != "production":
            return SecretStr(demo) if mode == "demo" and not value else secret
        if not value:
            raise ValueError("is missing")
        if value == demo:
            raise ValueError("is the demo secret, which everybody knows")
        if len(value) < SHORTEST_SECRET:
            raise ValueError(f"is shorter than {SHORTEST_SECRET} characters")
        return secret

    @property
    def bot_base_url(self) -> str:
        """Where the Rasa server listens, without a trailing slash."""
        return (self.bot_url or f"http://127.0.0.1:{self.bot_port or self.port + 1}").rstrip("/")

    @property
    def actions_base_url(self) -> str:
        """Where the action server listens, without a trailing slash."""
        return f"http://127.0.0.1:{self.actions_port or self.port + 2}"

    @property
    def desk_database_url(self) -> str:
        """SQLAlchemy URL (async driver) of the desk's database."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'desk.db'}"

    @property
    def demo_shop_database_url(self) -> str:
        """SQLAlchemy URL (async driver) of the demo shop's database."""
        return self.shop_database_url or f"sqlite+aiosqlite:///{self.data / 'shop.db'}"
