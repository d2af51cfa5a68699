"""What a story is: models, graph state, run context, text measures and errors. No I/O."""
