"""A relying party of Mon Compte Partenaire, and its API: Offre Bailleurs, or Cdap under another configuration."""
