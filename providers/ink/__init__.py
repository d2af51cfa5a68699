"""Ink stories: compile them, find their agent calls, run their knots, read a reader's state.

Stories and states come from strangers. inkjs and bink therefore run in worker processes with limits on time and
memory; everything here blocks, so call it through `asyncio.to_thread`.
"""
