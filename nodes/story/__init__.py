"""The nodes of the story graph."""
