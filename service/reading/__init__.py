"""What the local model reads in a mail without any provider: sentences, events, dates, names."""
