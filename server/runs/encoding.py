"""Events as bytes: each is encoded once."""

import dataclasses
from typing import Any

import orjson
from langchain_core.messages import BaseMessage
from langgraph.types import Interrupt
from pydantic import BaseModel

OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS


def encode(data: Any) -> bytes:
    """Return the data as JSON, with messages and models as LangGraph's server shows them.

    What has no JSON form is shown as its `repr`; lone surrogates, which JSON's UTF-8 cannot hold, are replaced.
    """
    try:
        return orjson.dumps(data, default=_plain, option=OPTIONS)
    except TypeError:
        return orjson.dumps(_mend(data), default=lambda value: _mend(_plain(value)), option=OPTIONS)


def event_name(mode: str, namespace: tuple[str, ...]) -> str:
    """Return the event's name on the wire: the mode, and `|node:task_id` for each level of subgraphs."""
    return "|".join((mode, *namespace))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseMessage):
        return value.model_dump()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Interrupt):
        return {"value": value.value, "id": value.id}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, set | frozenset):
        return list(value)
    if hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, BaseException):
        return {"error": type(value).__name__, "message": str(value)}
    return repr(value)


def _mend(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_mend(key): _mend(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_mend(each) for each in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    if isinstance(value, BaseMessage):
        return _mend(value.model_dump())
    return value
