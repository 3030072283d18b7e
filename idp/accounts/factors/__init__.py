"""The second factor: applications, passkeys, recovery codes; who must have one, and who lost theirs.

The sign-in that asks for it is ``accounts/login.py``; the levels that it reaches are ``accounts/levels.py``.
"""
