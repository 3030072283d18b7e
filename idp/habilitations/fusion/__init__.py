"""Two organismes that are one: what is put together, how, and how it is undone."""
