"""One module per command of the command line; each only reads arguments, calls, and prints."""
