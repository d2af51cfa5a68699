"""OpenAI and every server that speaks its chat API, through langchain-openai.

Read from the environment: `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `FABULA_MODEL_TIMEOUT` (seconds without a byte),
`FABULA_MODEL_RETRIES` (of a request that was not answered).
"""

import os

import httpx
import openai
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

TIMEOUT, RETRIES = 120.0, 2
# A stream that is cut surfaces as httpx's error or, in the middle of an event, as a ValueError of the JSON parser.
ERRORS: tuple[type[Exception], ...] = (openai.OpenAIError, httpx.HTTPError, ValueError)


def chat(model: str) -> ChatOpenAI:
    """Return the chat model; a local server may need no key."""
    seconds = float(os.environ.get("FABULA_MODEL_TIMEOUT", TIMEOUT))
    return ChatOpenAI(
        model=model,
        base_url=os.environ.get("OPENAI_BASE_URL") or None,
        api_key=SecretStr(os.environ.get("OPENAI_API_KEY") or "none"),
        timeout=httpx.Timeout(seconds, connect=10.0),
        max_retries=int(os.environ.get("FABULA_MODEL_RETRIES", RETRIES)),
        stream_usage=True,
    )
