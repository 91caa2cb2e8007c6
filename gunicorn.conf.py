"""gunicorn's settings where feedproxy is deployed: `gunicorn feedproxy.wsgi:app` finds them.

They stand, with their reasons, in the package, since `feedproxy serve` shares them.
The address is 0.0.0.0:$PORT where PORT is set, else 127.0.0.1:8000, or `--bind`.
"""

import os
import sys

import feedproxy.assemble  # the program, once for all workers; the app is each one's own
from feedproxy.gunicorn_conf import *  # noqa: F403  gunicorn reads this file's names

feedproxy.assemble.warm_up()

# A value here overrules gunicorn's own reading of WEB_CONCURRENCY.
workers = int(os.environ.get("WEB_CONCURRENCY", workers))  # noqa: F405  from the package
if not workers:  # gunicorn would listen, and never answer
    sys.exit("WEB_CONCURRENCY is 0, which should be a number of processes, 1 or more")
