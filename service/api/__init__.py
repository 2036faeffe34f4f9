"""The calls of the API, and how it says what is wrong."""
