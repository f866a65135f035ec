"""Waiting for a condition, always with a deadline. Nothing in this suite sleeps for a fixed time."""

import select
import time

_STEP_SECONDS = 0.003


class Late(AssertionError):
    """Something that had to happen did not happen before its deadline."""


class Deadline:
    """How long anything may take. Generous: a loaded machine must not fail a test."""

    generous_seconds = 10.0
    seconds = generous_seconds


def wait_until(condition, what, seconds=None):
    """Returns the first true value of condition(), or raises Late naming `what`."""
    limit = Deadline.seconds if seconds is None else seconds
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise Late(f"not within {limit:g} s: {what}")
        select.select([], [], [], _STEP_SECONDS)
