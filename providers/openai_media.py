"""OpenAI's API for sound and pictures: a client, and its errors as ours."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import openai

from domain.errors import MediaFailed
from providers.fetch import tls
from providers.openai import key, secret


def connect(variable: str, seconds: float) -> openai.AsyncOpenAI:
    """Return a client of the API where the variable says, or `OPENAI_BASE_URL`; a local server may need no key."""
    url = os.environ.get(variable)
    timeout = openai.Timeout(seconds, connect=min(10.0, seconds))
    client = openai.DefaultAsyncHttpxClient(verify=tls(), timeout=timeout)
    return openai.AsyncOpenAI(
        base_url=url or None, api_key=key() or "none", timeout=timeout, max_retries=1, http_client=client
    )


@asynccontextmanager
async def explained(name: str, seconds: float) -> AsyncIterator[None]:
    """Raise what can go wrong with the API as `MediaFailed`, without the key: some servers repeat it."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise MediaFailed(f"{name} was not done after {seconds:g} s") from None
    except (openai.OpenAIError, ValueError, TypeError, AttributeError, LookupError) as error:
        said = str(error).replace(secret(), "***") if secret() else str(error)
        raise MediaFailed(f"{name}: {type(error).__name__}: {said[:300]}") from None
