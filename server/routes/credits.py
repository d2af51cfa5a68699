"""`/credits`: what the caller can still spend."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from server.callers import ACaller
from server.db import credits

router = APIRouter(tags=["credits"])


class Balance(BaseModel):
    """Credits that are neither spent nor held. Nothing is charged on a server without keys."""

    balance: int
    charged: bool


@router.get("/credits")
async def get_credits(request: Request, caller: ACaller) -> Balance:
    """Return the caller's balance."""
    async with request.state.pool.connection() as conn:
        return Balance(balance=await credits.balance(conn, caller.owner), charged=caller.keyed)
