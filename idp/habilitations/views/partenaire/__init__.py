"""Pages of the partner administrator: the users of their organisme."""
