"""Measures a whole system from outside, over HTTP and /proc, so that any commit can be measured."""
