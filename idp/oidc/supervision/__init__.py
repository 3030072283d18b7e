"""What the agents of the Caf see of the services: what each asks, who uses it, its errors, our keys."""
