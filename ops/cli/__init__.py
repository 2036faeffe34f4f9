"""The command `proofdesk`."""
