"""« Revue des habilitations »: once a year, administrateurs say of each person whether the access is kept."""
