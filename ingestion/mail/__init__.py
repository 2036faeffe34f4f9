"""From a raw email to the message that its writer wrote."""
