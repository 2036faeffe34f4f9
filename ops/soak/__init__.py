"""Mail over HTTP to real servers that are killed all the while, beside a provider that counts what it was asked."""
