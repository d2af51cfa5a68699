"""What the server is told by its environment: every field is `FABULA_<NAME>`."""

from functools import lru_cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The server's settings. Sizes are bytes, times are seconds, prices are credits."""

    model_config = SettingsConfigDict(env_prefix="FABULA_", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(8400, ge=0, le=65_535)
    story_slots: int = Field(4, ge=0, description="Stories written at once by this process.")
    interactive_slots: int = Field(32, ge=0, description="Turns that a person waits for, at once.")
    default_slots: int = Field(32, ge=0, description="Other runs at once.")
    pool_size: int = Field(20, ge=2)
    max_body: int = Field(4_000_000, ge=1_000)
    rate: str = Field("600/minute", description="Requests a caller may make, in this process.")
    cors_origins: list[str] = ["https://smith.langchain.com"]
    jwt_secret: str = Field("", description="HS256; a token's `sub` is the owner. Empty: API keys only.")
    story_price: int = Field(2, ge=0, description="What a story costs before its first chapter.")
    chapter_price: int = Field(1, ge=0, description="What each chapter adds.")


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
