"""The model that needs no provider: what it learns from a prompt folder, and what it reads in a mail with that."""
