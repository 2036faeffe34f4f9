"""What is scored of a case, by family."""
