"""What groupes are made of: their members, and the sous-groupes that an administrateur makes."""
