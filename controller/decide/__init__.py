"""WHAT TO DO: pure functions from what is wanted and what is there to an action; time and jitter are arguments."""
