"""Who: people, their credentials, their browser sessions.

What they may do, and for which organisme, belongs to ``idp/habilitations``; this package never imports it.
"""
