"""The index against plain judging, on every recorded paper: `python -m tests.oracle --topics 1000`.

Not a test: it takes minutes. Each topic that takes a record, or nearly does, has to be
among the candidates, and what the index tells of it has to be its verdict. Exit status 1 if not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

from feedproxy.errors import BadTerm
from feedproxy.explain.near import near_miss
from feedproxy.index import Index
from feedproxy.models import Record
from feedproxy.rules import decide
from feedproxy.rules.conditions import (
    AllOf,
    AnyOf,
    Condition,
    NoneOf,
    NumberTest,
    RuleSet,
    TermTest,
)
from feedproxy.rules.subjects import Subject
from feedproxy.terms import parse_term
from feedproxy.text import readable

SHARED = Path(__file__).resolve().parents[2] / "shared"
CORPUS = SHARED / "corpus" / "hf-json" / "records_2024-05_2026-02.ndjson.gz"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def recorded(path: Path) -> Iterator[Record]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            paper = row["paper"]
            yield Record(
                id=f"https://arxiv.org/abs/{paper['id']}",
                link=f"https://arxiv.org/abs/{paper['id']}",
                title=readable(paper["title"]),
                summary=readable(paper.get("summary") or ""),
                authors=tuple(readable(each["name"]) for each in paper.get("authors", ())),
                published=datetime.fromisoformat(f"{row['_listing_date']}T12:00:00+00:00"),
                numbers={"upvotes": paper.get("upvotes", 0)},
            )


def topics(records: Sequence[Record], count: int, seed: int) -> list[RuleSet]:
    """Topics of about ten terms each, which are phrases of the records themselves."""
    chance = random.Random(seed)
    return [_topic(f"t{number}", records, chance) for number in range(count)]


def _topic(name: str, records: Sequence[Record], chance: random.Random) -> RuleSet:
    include: list[Condition] = [_word(records, chance) for _ in range(chance.randint(3, 10))]
    if chance.random() < 0.3:
        threshold = NumberTest("upvotes", float(chance.choice((5, 20, 50))), None, "")
        include.append(AllOf((_word(records, chance), threshold)))
    if chance.random() < 0.2:
        include.append(AllOf((_word(records, chance), NoneOf((_word(records, chance),)))))
    lists = (AnyOf(tuple(include[:3]), "$list"), *include[3:])
    return RuleSet(
        topic=name,
        title=name,
        sources=("hf-daily",),
        include=lists,
        exclude=tuple(_word(records, chance) for _ in range(chance.randint(0, 3))),
        where=(NumberTest("upvotes", 10.0, None, ""),) if chance.random() < 0.5 else (),
    )


def _word(records: Sequence[Record], chance: random.Random) -> TermTest:
    """A phrase of one to three words of a title, now and then with a `*` or as an expression.

    Single words are long, since people do not subscribe to "with".
    """
    while True:
        words = chance.choice(records).title.split()
        start, count = chance.randrange(len(words) or 1), chance.choice((1, 2, 2, 3))
        written = " ".join(words[start : start + count]).strip(".,:;?!()[]")
        if len(written) < 9 + count or any(sign in written for sign in "*=/$\\"):
            continue
        form = chance.random()
        if form < 0.1 and written.isalpha():
            written = f"{written[:8]}*"
        elif form < 0.12 and written.isalpha():
            written = f"/\\b{written}\\b/i"
        try:
            term = parse_term(written)
        except BadTerm:
            continue
        return TermTest(chance.choice(("text", "text", "text", "title", "abstract")), term, written)


def compare(index: Index, rule_sets: Sequence[RuleSet], subjects: Sequence[Subject]) -> int:
    """How many decisions the index would have missed, or told wrong; the counts are printed."""
    count: Counter[str] = Counter()
    for each in subjects:
        candidates = index.candidates(each)
        all_told = index.judge(each, partial(decide, now=NOW))
        count["candidates"] += len(candidates)
        count["told"] += sum(told is not None for told in all_told.values())
        for rule_set in rule_sets:
            decision = decide(rule_set, each, NOW)
            wanted = decision.included or near_miss(decision) is not None
            count["included"] += decision.included
            count["near"] += wanted and not decision.included
            if wanted and rule_set.topic not in candidates:
                count["missed"] += 1
                print(f"missed: {rule_set.topic} {each.record.id}", file=sys.stderr)
            told = all_told.get(rule_set.topic)
            is_missing = decision.included and rule_set.topic not in all_told
            if is_missing or (told and told.verdict != decision.verdict):
                count["wrong"] += 1
                print(f"wrong: {rule_set.topic} {each.record.id}", file=sys.stderr)
    pairs = len(subjects) * len(rule_sets)
    print(f"{pairs:,} pairs: " + ", ".join(f"{count[key]:,} {key}" for key in COUNTED))
    return count["missed"] + count["wrong"]


COUNTED = ("included", "near", "candidates", "missed", "told", "wrong")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--topics", type=int, default=1000)
    options.add_argument("--records", type=int, help="only the first so many")
    options.add_argument("--corpus", type=Path, default=CORPUS)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    records = list(islice(recorded(chosen.corpus), chosen.records))
    rule_sets = topics(records, chosen.topics, chosen.seed)
    missed = compare(Index(rule_sets), rule_sets, [Subject(record) for record in records])
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
