"""The nodes of the graphs, one a file."""
