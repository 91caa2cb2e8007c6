"""From the changes of sources to a feed that one can subscribe to. Pure.

An entry is a change that the archive keeps, never a refresh. So all workers write the same feed,
and a restart does not change it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from feedproxy.digest import JOB
from feedproxy.entries import EPOCH, TAG
from feedproxy.models import Entry, Feed, Record
from feedproxy.states import GRADES, StateChange

TOPIC = "_health"
"""Its name in URLs and tokens; no topic of the rules can have it."""
LIMIT = 100
TTL = timedelta(minutes=30)


def compose(changes: Sequence[StateChange], home: str, base: str) -> Feed:
    """`changes`: the newest first; `home` and `base` as in `Feed`."""
    entries = tuple(_entry(change, home) for change in changes[:LIMIT])
    return Feed(
        topic=TOPIC,
        title="feedproxy: its sources",
        description="An entry whenever a source cannot be read any more, or can be again.",
        id=f"{TAG}{TOPIC}",
        updated=max((entry.updated for entry in entries), default=EPOCH),
        home=home,
        base=base,
        ttl=TTL,
        entries=entries,
    )


def _entry(change: StateChange, home: str) -> Entry:
    told = f"{quote(change.source)}/{change.at:%Y-%m-%dT%H:%M:%S.%fZ}"
    id_ = f"{TAG}{TOPIC}/{told}"
    feeds_go_on = "" if change.source == JOB else " Feeds go on from what was read before."
    record = Record(
        id=id_,
        link=home,
        title=title(change),
        summary=f"{change.why}.{feeds_go_on}" if change.why else "",
        published=change.at,
    )
    return Entry(id_, record, since=change.at, updated=change.at)


def title(change: StateChange) -> str:
    """`hf-daily is stale: no route to host`, then `hf-daily is fresh again`."""
    if GRADES[change.word] == 0:
        return f"{change.source} is {change.word} again"
    why = re.sub(r"^https?://\S+: ", "", change.why)
    return f"{change.source} is {change.word}" + (f": {why}" if why else "")
