"""How the learned reader is made: its rows, its training, its card."""
