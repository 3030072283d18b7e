"""How organismes enter: the files of the caisses, line by line."""
