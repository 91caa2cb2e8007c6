"""The web side: feed URLs, pages, health. It talks to the pipeline alone.

create_app         the Flask app
hotpath.HotPath    answers with prepared feeds, in front of the app
access.Guard       the access check, outermost, so that nothing slips past
"""

from __future__ import annotations

from flask import Flask, Response

from feedproxy.config import Config
from feedproxy.pipeline import Pipeline
from feedproxy.tally import Tally
from feedproxy.web import feeds, pages, playground, problems, status
from feedproxy.web.outline import by_term

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src {images}; "
    "form-action 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def security_headers(config: Config) -> dict[str, str]:
    """The headers of every answer."""
    images = "'self' https:" if config.thumbnails else "'self'"
    return {
        "Content-Security-Policy": POLICY.format(images=images),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def create_app(pipeline: Pipeline, config: Config, tally: Tally | None = None) -> Flask:
    """The Flask app; `tally` counts its answers."""
    app = Flask(__name__)
    app.extensions["feedproxy"] = pipeline
    app.extensions["feedproxy.tally"] = tally or Tally()
    app.config.update(
        FEEDPROXY=config,
        MAX_CONTENT_LENGTH=1024 * 1024,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.url_map.merge_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_template_filter(by_term)
    app.register_blueprint(feeds.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(playground.blueprint)
    app.register_blueprint(status.blueprint)
    problems.register(app)
    app.before_request(pipeline.refresher.start)

    headers = security_headers(config)

    @app.after_request
    def secure(response: Response) -> Response:
        if response.location:
            response.headers["Cache-Control"] = "private, no-cache"
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return app
