"""Where the command begins: Ctrl-C while modules are still being imported just ends it."""

import signal


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from productpulse.cli import main as run

    run()


if __name__ == "__main__":
    main()
