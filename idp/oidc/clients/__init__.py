"""Who the relying parties are: declared or registered, and how they prove it."""
