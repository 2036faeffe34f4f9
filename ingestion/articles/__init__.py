"""From a file of a help centre to passages."""
