"""Benchmarks and labelled mail of other people, scored by our metrics."""
