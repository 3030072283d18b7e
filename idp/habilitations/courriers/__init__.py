"""The letters of the Caf: their batches, and how a page is laid out."""
