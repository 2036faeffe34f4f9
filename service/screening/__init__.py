"""What of a mail models may read: secrets masked, words to a machine marked, forwarded mail told apart."""
