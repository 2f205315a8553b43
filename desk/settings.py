"""Everything that an installation may set, read once (`ZHANGGUI_…`, or a `.env` file)."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRETS = {
    "bot_secret": "demo-bot-secret-change-me-before-going-live",
    "actions_secret": "demo-actions-secret-change-me-before-going-live",
    "shop_secret": "demo-shop-secret-change-me-before-going-live",
    "desk_secret": "demo-desk-secret-change-me-before-going-live",
}
SHORTEST_SECRET = 32


class Settings(BaseSettings):
    """Typed settings of the desk. Secrets have a default in demo mode only."""

    model_config = SettingsConfigDict(
        env_prefix="ZHANGGUI_", env_file=".env", extra="ignore", frozen=True
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

    bot_secret: SecretStr = SecretStr("")  # desk → bot
    actions_secret: SecretStr = SecretStr("")  # actions → desk
    shop_secret: SecretStr = SecretStr("")  # the shop signs shopper tokens with it
    desk_secret: SecretStr = SecretStr("")  # the desk signs photo links with it

    @model_validator(mode="after")
    def _secrets(self) -> Self:
        """Fill demo secrets in demo mode; list everything that is wrong in production mode."""
        faults = []
        for name, demo in DEMO_SECRETS.items():
            value = getattr(self, name).get_secret_value()
            variable = f"ZHANGGUI_{name.upper()}"
            if self.mode == "demo":
                if not value:
                    object.__setattr__(self, name, SecretStr(demo))
            elif not value:
                faults.append(f"{variable} is missing")
            elif value == demo:
                faults.append(f"{variable} is the demo secret, which everybody knows")
            elif len(value) < SHORTEST_SECRET:
                faults.append(f"{variable} is shorter than {SHORTEST_SECRET} characters")
        if faults:
            raise ValueError("; ".join(faults))
        return self

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
