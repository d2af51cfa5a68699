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
    creator_slots: int = Field(16, ge=0, description="Concepts, drafts and rewrites at once.")
    media_slots: int = Field(4, ge=0, description="Sessions whose sound and pictures are made, at once.")
    default_slots: int = Field(32, ge=0, description="Other runs at once.")
    run_timeout: float = Field(3_600, gt=0, description="How long a run may execute, one attempt at a time.")
    pool_size: int = Field(20, ge=2)
    max_body: int = Field(4_000_000, ge=1_000)
    rate: str = Field("600/minute", description="Requests a caller may make, in this process.")
    cors_origins: list[str] = ["https://smith.langchain.com"]
    jwt_secret: str = Field("", description="HS256; a token's `sub` is the owner. Empty: API keys only.")
    model_prices: dict[str, tuple[float, float]] = Field(
        {}, description="Dollars for a million tokens of input and of output, by the model's name."
    )
    metrics_port: int = Field(0, ge=0, le=65_535, description="Where a worker serves /metrics; 0: nowhere.")
    webhook_pause: float = Field(10, gt=0, description="How long to wait after a failed call of a webhook.")
    story_price: int = Field(2, ge=0, description="What a story costs before its first chapter.")
    chapter_price: int = Field(1, ge=0, description="What each chapter adds.")
    creator_wait: float = Field(
        1.8, gt=0, description="How long a creator's answer waits for what it begins."
    )
    nsfw: bool = Field(False, description="Whether creators may ask for what is not safe for work.")
    gallery: bool = Field(
        False, description="Whether stories may be listed in a gallery that everybody sees."
    )
    agent_wait: float = Field(60, gt=0, description="How long a reader's message waits for its answer.")
    reader_token_life: float = Field(
        7 * 24 * 3600, gt=0, description="How long a reader's token is good for."
    )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
