"""Use cases: one function, one unit of work. What they need is handed in as a protocol."""
