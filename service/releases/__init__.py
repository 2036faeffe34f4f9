"""Which release is in use: how it gets there, what lets it, and which desk handles a mail."""
