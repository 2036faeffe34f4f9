"""Seeded weakenings and harmless changes of a desk, by which the gate itself is measured."""
