"""Drills: a fault is made on purpose, and every net has to catch it."""
