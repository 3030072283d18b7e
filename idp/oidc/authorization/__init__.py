"""The authorization endpoint: a request read, what it needs next decided, its pages, its answer."""
