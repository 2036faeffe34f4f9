"""The stages of an email's path that write or check: extraction, answering, the check, policy."""
