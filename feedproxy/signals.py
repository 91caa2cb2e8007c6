"""The signals that stop a server, and that none of them is lost."""

from __future__ import annotations

import os
import signal

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def keep_over_forks() -> None:
    """Python forgets, in a new process, what came since the fork: let it come a moment later."""

    def let_come() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, STOPS),
        after_in_parent=let_come,
        after_in_child=let_come,
    )
