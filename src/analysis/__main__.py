"""`study`, also as `python -m analysis`."""

import signal
import sys


def main() -> int:
    """Run the command; Ctrl-C while its modules load ends it at once, without Python's traceback."""
    interrupt = signal.getsignal(signal.SIGINT)
    if interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from analysis import cli

    signal.signal(signal.SIGINT, interrupt)
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
