"""Credits: granted to an owner, held when work is accepted, charged or released when it settles.

A balance is what was granted, less what is held or charged. All of it is in the caller's transaction.
"""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from server.errors import CreditsShort

BALANCE = """
    SELECT coalesce((SELECT sum(amount) FROM credit_grants WHERE owner = %(owner)s), 0)
         - coalesce((SELECT sum(amount) FROM ledger WHERE owner = %(owner)s AND state <> 'released'), 0)
"""


async def grant(conn: AsyncConnection[Any], owner: str, amount: int) -> int:
    """Grant credits, or take them with a negative amount; return the balance."""
    await conn.execute("INSERT INTO credit_grants (owner, amount) VALUES (%s, %s)", (owner, amount))
    return await balance(conn, owner)


async def balance(conn: AsyncConnection[Any], owner: str) -> int:
    """Return what the owner can still spend."""
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return int(await (await cursor.execute(BALANCE, {"owner": owner})).fetchone() or 0)


async def hold(
    conn: AsyncConnection[Any], *, owner: str, thread_id: UUID, purpose: str, run_id: UUID, amount: int
) -> bool:
    """Hold credits for a run; `False` when this purpose was charged before. Raises `CreditsShort`."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('credits:' || %s, 0))", (owner,))
    query = """
        INSERT INTO ledger (thread_id, purpose, owner, run_id, amount, state)
        VALUES (%(thread_id)s, %(purpose)s, %(owner)s, %(run_id)s, %(amount)s, 'held')
        ON CONFLICT (thread_id, purpose) DO UPDATE
        SET run_id = excluded.run_id, amount = excluded.amount, state = 'held', settled_at = NULL
        WHERE ledger.state <> 'charged'
    """
    values = {"thread_id": thread_id, "purpose": purpose, "owner": owner, "run_id": run_id, "amount": amount}
    held = (await conn.execute(query, values)).rowcount == 1
    left = await balance(conn, owner)
    if left < 0:
        raise CreditsShort(f"it costs {amount} credits, there are {left + amount}")
    return held


async def settle(conn: AsyncConnection[Any], run_id: UUID, *, charge: bool) -> None:
    """Charge or release what is held for a run; what is settled already stays as it is."""
    query = "UPDATE ledger SET state = %s, settled_at = now() WHERE run_id = %s AND state = 'held'"
    await conn.execute(query, ("charged" if charge else "released", run_id))


async def finished(conn: AsyncConnection[Any], thread_id: UUID) -> bool:
    """Whether the thread waits for nobody: its newest run ended without a question."""
    query = "SELECT status = 'idle' FROM threads WHERE thread_id = %s"
    async with conn.cursor(row_factory=scalar_row) as cursor:
        return bool(await (await cursor.execute(query, (thread_id,))).fetchone())
