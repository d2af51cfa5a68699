"""The engine: a run is one invocation of a graph on a thread, and its row says how it stands."""
