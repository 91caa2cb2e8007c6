"""Every kind of page, in each of its states that looks different."""

from __future__ import annotations

PAGES = {
    "topics": "/",
    "included": "/topics/spiking",
    "near": "/topics/spiking?view=near",
    "excluded": "/topics/spiking?view=excluded",
    "search": "/topics/spiking?view=excluded&q=rain",
    "empty": "/topics/nothing",
    "why": "/topics/spiking/why/2611.90001",
    "why not": "/topics/spiking/why/2611.90003",
    "sources": "/sources",
    "playground": "/try?topic=spiking",
    "not found": "/topics/spking",
}
