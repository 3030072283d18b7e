"""« Pourquoi cette personne ne peut-elle pas se connecter ? », for the agents of the Caf."""
