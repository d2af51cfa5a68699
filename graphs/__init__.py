"""The three graphs, one a file: edges readable and drawable."""
