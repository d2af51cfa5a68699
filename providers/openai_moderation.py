"""Moderation by OpenAI's `/v1/moderations`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import openai

from domain.errors import ModerationFailed
from domain.rating import Verdict
from providers.openai import key, secret

TIMEOUT = 20.0
MOST_TEXTS = 32


@dataclass(frozen=True)
class OpenAIModeration:
    """A moderation model of OpenAI's API."""

    model: str
    timeout: float = TIMEOUT
    outside: bool = True

    @property
    def name(self) -> str:
        """The provider and the model."""
        return f"openai:{self.model}"

    async def check(self, texts: Sequence[str]) -> Verdict:
        """Judge texts together. Raises `ModerationFailed`."""
        texts = [text for text in texts if text.strip()]
        categories: set[str] = set()
        try:
            async with (
                asyncio.timeout(self.timeout),
                openai.AsyncOpenAI(api_key=key() or "none", timeout=self.timeout, max_retries=1) as client,
            ):
                for start in range(0, len(texts), MOST_TEXTS):
                    categories |= await self._flagged(client, texts[start : start + MOST_TEXTS])
        except (
            openai.OpenAIError,
            TimeoutError,
            ValueError,
            TypeError,
            AttributeError,
            LookupError,
        ) as error:
            said = str(error).replace(secret(), "***") if secret() else str(error)
            raise ModerationFailed(f"{self.name}: {type(error).__name__}: {said[:300]}") from None
        return Verdict(not categories, sorted(categories))

    async def _flagged(self, client: openai.AsyncOpenAI, texts: list[str]) -> set[str]:
        answer = await client.moderations.create(model=self.model, input=texts)
        if len(answer.results) != len(texts):
            raise ValueError(f"{len(answer.results)} judgements of {len(texts)} texts")
        found: set[str] = set()
        for result in answer.results:
            if result.flagged:
                flags = result.categories.model_dump(by_alias=True)
                found |= {name for name, flag in flags.items() if flag} or {"flagged"}
        return found
