"""The app for any WSGI server: `gunicorn feedproxy.wsgi:app`."""

from feedproxy.assemble import application
from feedproxy.config import from_environ
from feedproxy.gunicorn_conf import had_archive

app = application(from_environ(), new=not had_archive[0])
