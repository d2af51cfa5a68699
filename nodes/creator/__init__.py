"""The nodes of the creator graph."""
