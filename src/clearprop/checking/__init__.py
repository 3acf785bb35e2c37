"""Checking a hand-written backward pass: which line is which gradient, and is it."""
