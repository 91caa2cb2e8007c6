"""The signals that stop a server, and how none of them is lost."""

from __future__ import annotations

import os
import signal

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def keep_over_forks() -> None:
    """Delays signals during a fork: Python would forget, in the new process, those that came."""

    def let_come() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, STOPS),
        after_in_parent=let_come,
        after_in_child=let_come,
    )
