"""Config -> Pipeline -> WSGI app: the one place that knows every part."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from functools import partial
from os import devnull, scandir
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from feedproxy.archive import Archive
from feedproxy.build import Built, publish
from feedproxy.checking import failure
from feedproxy.checking.checkup import Checkup, check_up
from feedproxy.checking.ruletests import run_tests
from feedproxy.clock import Clock
from feedproxy.config import Config, database_url, without_login
from feedproxy.errors import ArchiveError, ConfigError, FetchError, RulesError, SourceError
from feedproxy.fetch import Fetcher
from feedproxy.gunicorn_conf import guesses, tally
from feedproxy.kinds import Kind
from feedproxy.library import Library
from feedproxy.mailing import Mailing
from feedproxy.metrics import Counted
from feedproxy.models import Listing, Request, Source
from feedproxy.pipeline import Pipeline
from feedproxy.prepared import SHELF_BYTES, Shelf
from feedproxy.refresh.backfill import Backfill
from feedproxy.refresh.reading import Fetch, Reader, drive
from feedproxy.rulefiles import Definition, Kinds, RulesFolder
from feedproxy.rules.conditions import RuleSet
from feedproxy.smtp import Postman
from feedproxy.sources import SOURCES, sources
from feedproxy.sources.guess import Found, guess_address, look
from feedproxy.view import View
from feedproxy.watch import Watch
from feedproxy.web import create_app, security_headers
from feedproxy.web.access import Guard, token_query
from feedproxy.web.files import site
from feedproxy.web.hotpath import HotPath
from feedproxy.web.prefix import Prefixed, beginnings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

KEYS: Kinds = {name: kind.keys for name, kind in SOURCES.items()}
"""The keys of each kind of source, wherever its mirror is."""
LEASE_SLACK = 2.0
"""Seconds that a lease outlasts the longest request: what parsing and writing may take."""


def assemble(
    config: Config,
    fetch: Fetch | None = None,
    clock: Clock | None = None,
    *,
    in_force: bool = True,
    new: bool = True,
    paged: bool = True,
    shelf_bytes: int = SHELF_BYTES,
) -> Pipeline:
    """Raises ArchiveError and ConfigError. `fetch` stands in for the network.

    `in_force`: the rules in the folder come into force, instead of only being looked at. `new`:
    an archive is created if there is none. `paged`: feeds name their further pages. `shelf_bytes`:
    how many bytes of gzipped feeds are kept ready.
    """
    clock = clock or Clock()
    archive = Archive(config.database, new=new)
    library = Library()
    kept = archive.kept.rules()
    folder = rules_folder(config, kept, library, clock)
    view = View(archive, library, folder, clock, kept, in_force=in_force)
    reader = reader_of(config, archive, fetch or fetcher(config, clock), clock)
    backfill = Backfill(reader=reader, view=view, clock=clock)
    mailing = Mailing(
        archive=archive,
        view=view,
        clock=clock,
        base_url=config.base_url,
        postman=Postman(config.smtp, config.environ) if config.smtp else None,
        to=config.digest_to,
    )
    return Pipeline(
        view=view,
        reader=reader,
        backfill=backfill,
        mailing=mailing,
        shelf=Shelf(view.first_served, shelf_bytes, clock.monotonic),
        watch=Watch(archive, view),
        clock=clock,
        base_url=config.base_url,
        feed_query=partial(token_query, config.access_key),
        schema=schema,
        paged=paged,
    )


def reader_of(config: Config, archive: Archive, fetch: Fetch, clock: Clock) -> Reader:
    return Reader(
        archive=archive,
        kinds=kinds_of(config),
        fetch=fetch,
        clock=clock,
        lease_seconds=config.fetch_deadline.total_seconds() + LEASE_SLACK,
        jitter=SystemRandom().random,
        environ=config.environ,
        archive_size=config.archive_size,
    )


def examine(config: Config) -> Checkup:
    """Check the rules in the folder, and what would change if they came into force now."""
    kept, library, trouble, clock = {}, Library(), "", Clock()
    with closing(Archive(config.database)) as archive:
        try:
            if archive.exists():
                kept = archive.kept.rules()
                library.replace(archive.records())
        except ArchiveError as error:
            trouble = str(error)
    # Without a folder, the rules are those that the archive kept: the ones that are served.
    served = rules_folder(replace(config, rules=Path(devnull)), kept, library, clock).current()
    folder = rules_folder(config, kept, library, clock)
    return check_up(config.rules, folder, served.topics, library, clock.now(), trouble)


def existing_archive(config: Config) -> Archive:
    """Raises ConfigError where there is none, ArchiveError if that cannot be told."""
    archive = Archive(config.database)
    if not archive.exists():
        raise ConfigError(f"there is no archive at {config.database} yet: set FEEDPROXY_DATABASE")
    return archive


def need_rules(config: Config) -> None:
    """Raises ConfigError if no rules folder can be read and the archive has kept no rules."""
    try:
        scandir(config.rules).close()
    except OSError as error:
        if not keeps_rules(config):
            raise ConfigError(_without_rules(config.rules, error)) from error


def _without_rules(folder: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        why = f"there is no folder {folder.absolute()} with rules"
        return f"{why}: run feedproxy init for a start, or set FEEDPROXY_RULES"
    return f"the rules folder {folder} cannot be read: {error.strerror}"


def need_archive(pipeline: Pipeline) -> None:
    """Raises ArchiveError if the archive could not be read: it would pass for an empty one."""
    if trouble := pipeline.health().trouble:
        raise ArchiveError(trouble)


def keeps_rules(config: Config) -> bool:
    with closing(Archive(config.database, new=False)) as archive:
        return archive.exists() and bool(archive.kept.rules())


def copy(config: Config, url: str) -> dict[str, int]:
    """Copy the whole archive to the empty one at `url`; how many rows of each table there are."""
    try:
        origin, target = existing_archive(config), Archive(database_url(url))
    except ValueError as e:
        raise ConfigError(f"{without_login(url)}: write {e}") from e
    with closing(origin), closing(target):
        return origin.copy_to(target)


def build(config: Config, folder: Path, clock: Clock | None = None) -> Built:
    """Write the whole site, as it is at this moment, to files in `folder`; no source is read.

    Raises ConfigError, RulesError, ArchiveError and NotReadYet before it touches any file: a
    mistake must not take away what is published.
    """
    if not config.public_url:
        raise ConfigError("feeds name their own address: set FEEDPROXY_PUBLIC_URL")
    if config.access_key:
        raise ConfigError("files cannot ask for the access key: if all may read them, say --public")
    need_rules(config)
    now = (clock or Clock()).now()
    still = Clock(lambda: now, lambda: 0.0)  # what is learnt meanwhile is for the next build
    pipeline = assemble(config, clock=still, in_force=False, paged=False)
    if problems := pipeline.rules().problems:
        raise RulesError(problems)
    need_archive(pipeline)
    if not pipeline.rules().topics:
        raise ConfigError(f"no topic is defined in {config.rules}: set FEEDPROXY_RULES")
    return publish(folder, site(pipeline, config))


def rules_folder(
    config: Config, kept: Mapping[str, str], library: Library, clock: Clock
) -> RulesFolder:
    return RulesFolder(
        config.rules,
        KEYS,
        kept,
        monotonic=clock.monotonic,
        failing_tests=partial(failing_tests, library),
        min_refresh=config.min_refresh,
    )


def kinds_of(config: Config) -> Mapping[str, Kind]:
    return sources(config.hf_url, config.arxiv_url)


def schema() -> dict[str, Any]:
    """The JSON Schema of a rules file."""
    return Definition(KEYS).schema()


def warm_up() -> None:
    """Makes what every worker would make for itself; they share it if they are forked later."""
    Definition(KEYS)
    codecs.lookup("idna")  # to look up the name of a host: 2 MB


def failing_tests(library: Library, rule_set: RuleSet) -> Iterator[tuple[int, str]]:
    """The failing tests: their places among `match`, then `reject`, and what came instead."""
    for place, test in enumerate(run_tests(rule_set, library.find)):
        if not test.passed:
            yield place, failure(test)


def try_source(
    config: Config, url: str, fetch: Fetch | None = None, clock: Clock | None = None
) -> Found:
    """How `url` might be read. Raises FetchError and SourceError; `fetch` is as in `assemble`."""
    clock = clock or Clock()
    fetch = fetch or fetcher(config, clock)
    if known := guess_address(url):
        kind = kinds_of(config)[known.kind]
        steps = kind.read(Source("tried", known.kind, known.options), clock.now(), {})
        listing = next(drive(steps, fetch), Listing(()))
        return Found((replace(known, records=listing.records),))
    found = look(fetch(Request(url)))
    return found if found.best or not found.feeds else _by_its_feed(found, fetch)


def _by_its_feed(page: Found, fetch: Fetch) -> Found:
    """How the first feed that the page names might be read; `page` itself if it cannot be."""
    try:
        feed = look(fetch(Request(page.feeds[0])))
    except (FetchError, SourceError) as e:
        told = f"{page.otherwise}; it names a feed, which cannot be read either: {e}"
        return replace(page, otherwise=told)
    return feed if feed.best else page


def fetcher(config: Config, clock: Clock) -> Fetcher:
    return Fetcher(
        clock=clock.now,
        deadline=config.fetch_deadline.total_seconds(),
        allowed=config.allow_private,
        environ=config.environ,
    )


def application(config: Config, fetch: Fetch | None = None, *, new: bool = True) -> WSGIApplication:
    """The app with its access check; refreshes run in the process that calls this."""
    pipeline = assemble(config, fetch, new=new)
    pipeline.rules()  # the archive is in memory before the first request comes
    pipeline.refresher.start()
    flask = create_app(pipeline, config, tally)
    app = HotPath(flask, pipeline, security_headers(config), private=bool(config.access_key))
    guarded = Guard(app, config.access_key, memory=guesses) if config.access_key else app
    return Counted(Prefixed(guarded, config.public_url, beginnings(flask)), tally)
