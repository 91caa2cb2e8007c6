"""`/healthz`, `/readyz`, `/metrics`: how it is doing, for machines."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from feedproxy.clock import stamp
from feedproxy.metrics import CONTENT_TYPE, exposition
from feedproxy.web.context import pipeline, tally

blueprint = Blueprint("status", __name__)


@blueprint.after_request
def not_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/healthz")
def healthz() -> Response:
    """200 as long as the process answers; `degraded` says that something wants attention."""
    health = pipeline().health()
    body: dict[str, Any] = {"status": "ok" if health.ok else "degraded"}
    if request.environ.get("feedproxy.may_read", True):
        body["rules"] = {"errors": [each.row() for each in health.problems]}
        body["sources"] = {
            each.source.name: {
                "state": each.word,
                "last_success": stamp(each.state.last_success),
                "last_attempt": stamp(each.state.last_attempt),
                "next_attempt": stamp(each.due),
                "records": each.state.records,
                "served_by": each.state.served_by or None,
                "error": each.state.error or None,
                "notes": list(each.state.notes),
            }
            for each in health.sources
        }
        body["archive"] = {"records": health.records, "error": health.trouble or None}
    return jsonify(body)


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 once topics can be answered, 503 before: for a load balancer."""
    ready = pipeline().is_ready()
    return jsonify({"ready": ready}), 200 if ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    body = exposition(pipeline().health(), tally().sums())
    return Response(body, content_type=CONTENT_TYPE)
