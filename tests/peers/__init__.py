"""Servers that are not ours to be polite: a scripted one with every fault, and a real one with random weights."""
