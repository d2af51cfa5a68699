"""The nodes of the agent graph, one a file."""
