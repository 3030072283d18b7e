"""``python -m idp``: the command line."""

from idp.cli import main

main(prog_name="idp")
