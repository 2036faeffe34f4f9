"""Everything that is kept in the database."""
