"""The app for any WSGI server: `gunicorn feedproxy.wsgi:app`."""

from feedproxy.assemble import application
from feedproxy.config import from_environ

app = application(from_environ())
