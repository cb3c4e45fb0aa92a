"""Generation: loading models, and transformers' own ``generate`` as a stream of text."""
