"""Many users at once, from a file: shown line by line before anything is done, then done by the worker.

``ligne.py`` reads a line, ``plan.py`` decides what it does (pure), ``essai.py`` lays the file down with what would
happen, ``execution.py`` does it some lines at a time, ``suivi.py`` is what pages read. An import only adds: users,
and boxes that it ticks. It never takes away, nor changes, what somebody has.
"""
