"""The time of calls in Python; timing.mjs measures calls in Node in the same way."""

import time

import numpy as np


def time_calls(run, milliseconds):
    """Returns the time of the first call and the median of later ones, in milliseconds, and the answer."""
    start = time.perf_counter()
    answer = run()
    first = time.perf_counter() - start
    times = []
    end = time.perf_counter() + milliseconds / 1e3
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    median = float(np.median(times[len(times) // 2 :]))
    return {"first": first * 1e3, "median": median * 1e3, "answer": answer}
