"""HTML policy of the mailboxes: markup reader and the lists of what may stand there."""
