"""Whether two kinds of request can be told apart by their time: Mann-Whitney's U on interleaved samples.

Ranks, not means: what else the machine does makes a few samples very long. The tests ask a coarse question (would
a missing computation be seen?), ``bench/doors_timing.py`` a fine one.
"""

import math
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from statistics import median

ALPHA = 1e-6


def interleaved(
    acts: Sequence[Callable[[], object]],
    times: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[list[float]]:
    """``times`` durations of each act, in milliseconds; the first to go changes at each round."""
    samples: list[list[float]] = [[] for _ in acts]
    for turn in range(times):
        for step in range(len(acts)):
            which = (turn + step) % len(acts)
            start = clock()
            acts[which]()
            samples[which].append((clock() - start) * 1000)
    return samples


def p_value(first: Sequence[float], second: Sequence[float]) -> float:
    """How likely a difference as large is by chance (two-sided, normal approximation, ties corrected)."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    n, m = len(first), len(second)
    below, rank_sum, ties = 0, 0.0, 0
    for _value, group in groupby(ranked, key=lambda pair: pair[0]):
        members = [which for _value, which in group]
        rank_sum += members.count(0) * (below + (len(members) + 1) / 2)
        ties += len(members) ** 3 - len(members)
        below += len(members)
    u = rank_sum - n * (n + 1) / 2
    total = n + m
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    if not variance:
        return 1.0
    return math.erfc(max(0.0, abs(u - n * m / 2) - 0.5) / math.sqrt(variance) / math.sqrt(2))


def told_apart(acts: Sequence[Callable[[], object]], *, times: int, rounds: int = 3) -> bool:
    """Whether two acts differ by their time in each of so many rounds: a busy machine passes, a flaw stays."""
    for _round in range(rounds):
        # What this thread computes, not what it waits for: other work of the machine does not show.
        first, second = interleaved(acts, times, time.thread_time)
        if p_value(first, second) >= ALPHA or _close(first, second):
            return False
    return True


def _close(first: Sequence[float], second: Sequence[float]) -> bool:
    # A difference that is sure, and too small to be read through a network, is for the bench to follow.
    return abs(median(first) - median(second)) < 0.1 * max(median(first), median(second))
