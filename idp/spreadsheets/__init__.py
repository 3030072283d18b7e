"""Tables of text in CSV, .xlsx and .ods: read from people we do not trust, written for people who open them.

``reading.py`` tells the kinds apart by their content; ``archive.py`` and ``workbook.py`` keep a hostile workbook
away from this process; ``writing.py`` writes. What columns and cells mean belongs to who reads them.
"""
