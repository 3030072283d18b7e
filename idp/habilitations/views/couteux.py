"""Pages that cost much more than another: a person asks for so many of them, then waits.

A file that is tried, a list or a journal taken away, a proof: each holds a process for seconds. What is counted is
in ``idp/throttle.py``.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from math import ceil
from typing import ParamSpec

from flask import request

from idp import clock, throttle
from idp.accounts.views.guards import Answer, the_session
from idp.errors import TooMany
from idp.throttle import Limit, Quota

P = ParamSpec("P")

QUOTA = Quota("couteux", (Limit(30, timedelta(minutes=10)), Limit(200, timedelta(days=1))))


def couteux(*methods: str) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    """Count what is sent by these methods to a view that a guard protects; raises ``TooMany`` past the quota."""

    def restrain(view: Callable[P, Answer]) -> Callable[P, Answer]:
        @wraps(view)
        def restrained(*args: P.args, **kwargs: P.kwargs) -> Answer:
            if request.method not in methods:
                return view(*args, **kwargs)
            now, who = clock.now(), str(the_session().account_id)
            until = throttle.quota_full_until(QUOTA, who, now)
            if until:
                minutes = max(1, ceil((until - now).total_seconds() / 60))
                raise TooMany(
                    "Vous avez demandé beaucoup de fichiers en peu de temps.",
                    conseil=f"Recommencez dans {minutes} minute{'s' if minutes > 1 else ''}.",
                    detail="quota of costly pages",
                )
            answer = view(*args, **kwargs)
            throttle.count_in(QUOTA, who, now)
            return answer

        return restrained

    return restrain
