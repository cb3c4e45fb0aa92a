"""A ``GuardedChat`` as the chat model of other frameworks; each needs its own extra."""
