"""The file of a whole caisse, sent by an agent: told before anything is done, then done by the worker.

``depot.py`` keeps the file, ``lecture.py`` says what each line would do, ``execution.py`` does it once it is
validated, ``suivi.py`` is what pages read.
What a line does is decided in ``organismes/plan.py``, and the same on the terminal
(``organismes/imports.py``).
"""
