"""The start of the command: Ctrl-C while modules are being imported ends it without a traceback."""

import signal


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from productpulse.cli import main as run

    run()


if __name__ == "__main__":
    main()
