"""How well a model plays characters: labelled turns, run through the agent graph, and what came of them."""
