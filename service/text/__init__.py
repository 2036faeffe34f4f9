"""Text as text: its sentences, its language, its words, and what is hidden in it."""
