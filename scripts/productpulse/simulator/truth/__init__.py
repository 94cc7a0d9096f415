"""What was planted: the answers that a warehouse has to find, made without any SQL."""
