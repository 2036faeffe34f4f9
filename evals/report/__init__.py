"""What a run came to, as files and a page."""
