"""What clients hold: codes, tokens and what becomes of them, at the endpoints that take and give them."""
