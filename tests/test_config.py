from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from feedproxy.config import SETTINGS, Config, from_environ
from feedproxy.errors import ConfigError


def test_an_empty_environment_gives_the_defaults() -> None:
    assert from_environ({}) == Config()


def test_every_setting_reaches_its_field() -> None:
    config = from_environ(
        {
            "FEEDPROXY_RULES": "/etc/feedproxy",
            "FEEDPROXY_DATABASE": "sqlite:////var/lib/feedproxy.db",
            "FEEDPROXY_PUBLIC_URL": "https://papers.example.org/",
            "FEEDPROXY_ACCESS_KEY": "secret",
            "FEEDPROXY_FETCH_DEADLINE": "2.5s",
            "FEEDPROXY_ALLOW_PRIVATE": "127.0.0.0/8, fd00::/8",
            "FEEDPROXY_MIN_REFRESH": "5s",
            "FEEDPROXY_ARCHIVE_SIZE": "1.5 GB",
            "FEEDPROXY_THUMBNAILS": "off",
            "FEEDPROXY_HF_URL": "http://127.0.0.1:8901",
            "PORT": "9000",
        }
    )
    assert config.rules == Path("/etc/feedproxy")
    assert config.database == "sqlite:////var/lib/feedproxy.db"
    assert config.public_url == "https://papers.example.org"
    assert config.access_key == "secret"
    assert config.fetch_deadline == timedelta(seconds=2.5)
    assert config.allow_private == (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))
    assert config.min_refresh == timedelta(seconds=5)
    assert config.archive_size == 1_500_000_000
    assert config.thumbnails is False
    assert config.hf_url == "http://127.0.0.1:8901"
    assert config.port == 9000


def test_the_first_name_that_is_set_counts() -> None:
    assert from_environ({"DATABASE_URL": "postgres://db/x"}).database == "postgresql://db/x"
    both = {"FEEDPROXY_DATABASE": "sqlite:///mine.db", "DATABASE_URL": "postgresql://db/x"}
    assert from_environ(both).database == "sqlite:///mine.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FEEDPROXY_DATABASE", "mysql://x"),
        ("FEEDPROXY_PUBLIC_URL", "papers.example.org"),
        ("FEEDPROXY_FETCH_DEADLINE", "soon"),
        ("FEEDPROXY_FETCH_DEADLINE", "0s"),
        ("FEEDPROXY_FETCH_DEADLINE", "1801s"),
        ("FEEDPROXY_ALLOW_PRIVATE", "10.0.0.1/8"),
        ("FEEDPROXY_MIN_REFRESH", "-1m"),
        ("FEEDPROXY_MIN_REFRESH", "999999999999d"),
        ("FEEDPROXY_FETCH_DEADLINE", "9" * 400),
        ("FEEDPROXY_ARCHIVE_SIZE", "2"),
        ("FEEDPROXY_ARCHIVE_SIZE", "9" * 400 + "TB"),
        ("FEEDPROXY_PUBLIC_URL", "http://papers.example:notaport"),
        ("FEEDPROXY_PUBLIC_URL", "http://pap ers.example/"),
        ("FEEDPROXY_PUBLIC_URL", "https://papers.example/?a=b"),
        ("FEEDPROXY_PUBLIC_URL", "https://papers.example/\udcff"),
        ("FEEDPROXY_PUBLIC_URL", 'https://pap<b>"ers.example/a'),
        ("FEEDPROXY_PUBLIC_URL", "http://[1:2:3:4:5:6:7:8:9]"),
        ("FEEDPROXY_PUBLIC_URL", "https://papers.example:99999/"),
        ("FEEDPROXY_ARXIV_URL", "https://papers.example:0"),
        ("FEEDPROXY_ARCHIVE_SIZE", "0.5MB"),
        ("FEEDPROXY_THUMBNAILS", "perhaps"),
        ("FEEDPROXY_HF_URL", "ftp://example.org"),
        ("FEEDPROXY_HF_URL", "https://papers.example:65536"),
        ("PORT", "65536"),
        ("PORT", "²"),
        ("PORT", "9" * 5000),
    ],
)
def test_a_wrong_value_names_its_variable_and_what_to_write(name: str, value: str) -> None:
    forms = "an? (address|duration|port|size) |networks such as |on or off|sqlite:"
    with pytest.raises(ConfigError, match=f"^{name} is .* should be ({forms})") as caught:
        from_environ({name: value})
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("value", ["x", "0s", "9" * 400 + "TB"])
@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("FEEDPROXY_FETCH_DEADLINE", "longer than 0s and 30m at most"),
        ("FEEDPROXY_MIN_REFRESH", "longer than 0s and a year at most"),
        ("FEEDPROXY_ARCHIVE_SIZE", "from 1MB to 999999TB"),
        ("FEEDPROXY_HF_URL", "a port of 1 to 65535"),
        ("PORT", "0 to 65535"),
    ],
)
def test_whatever_is_wrong_the_message_names_the_bounds_of_its_setting(
    name: str, bounds: str, value: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{name} is .* should be .*{bounds}"):
        from_environ({name: value})


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("1MB", 10**6),
        ("0.5 gb", 5 * 10**8),
        ("1500000MB", 15 * 10**11),
        ("999999TB", 999_999 * 10**12),
    ],
)
def test_a_size_may_be_written_in_any_unit(written: str, size: int) -> None:
    assert from_environ({"FEEDPROXY_ARCHIVE_SIZE": written}).archive_size == size


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FEEDPROXY_ACCESS_KEY", " secret"),
        ("FEEDPROXY_ACCESS_KEY", "secret\n"),
        ("FEEDPROXY_ACCESS_KEY", "secret\udcff"),
        ("DATABASE_URL", "mysql://me:secret@db/x"),
        ("DATABASE_URL", "mysql://me:secret@secret/@db/x"),
        ("DATABASE_URL", "mysql://db/x?sslmode=require&sslpassword=secret&password=secret"),
        ("FEEDPROXY_HF_URL", "ftp://me:secret@example.org"),
        ("FEEDPROXY_HF_URL", "http://me:secret@papers℀example"),
    ],
)
def test_a_wrong_value_is_not_shown_where_it_holds_a_secret(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name} .*should be ") as caught:
        from_environ({name: value})
    assert "secret" not in str(caught.value)


def test_a_config_never_shows_the_key() -> None:
    assert "secret" not in repr(from_environ({"FEEDPROXY_ACCESS_KEY": "secret"}))


def test_the_path_of_the_public_address_may_be_written_in_any_script() -> None:
    written = from_environ({"FEEDPROXY_PUBLIC_URL": "https://uni.example/pa%20pers/é/"})
    assert written.public_url == "https://uni.example/pa%20pers/%C3%A9"


@pytest.mark.parametrize(
    "address",
    ["http://[::1]:80", "http://my_host", "https://हिन्दी.example:65535", "http://me:p%w$@x.test:1"],
)
def test_an_address_may_name_its_host_and_port_in_any_way(address: str) -> None:
    assert from_environ({"FEEDPROXY_HF_URL": address}).hf_url == address


def test_links_begin_with_the_public_address_else_the_served_one() -> None:
    assert Config(public_url="https://p.example").base_url == "https://p.example"
    assert Config(host="::1", port=81).base_url == "http://[::1]:81"


def test_no_two_settings_share_a_name_or_a_field() -> None:
    names = [name for setting in SETTINGS for name in setting.names]
    assert len(names) == len(set(names))
    assert len({setting.key for setting in SETTINGS}) == len(SETTINGS)


def test_a_misspelt_setting_is_refused_and_what_is_none_is_let_alone() -> None:
    with pytest.raises(ConfigError, match="did you mean FEEDPROXY_ACCESS_KEY"):
        from_environ({"FEEDPROXY_ACESS_KEY": "secret"})
    with pytest.raises(ConfigError, match="did you mean DATABASE_URL"):
        from_environ({"FEEDPROXY_DATABASE_URL": "sqlite:///archive.db"})
    with pytest.raises(ConfigError, match="did you mean PORT"):
        from_environ({"FEEDPROXY_PORT": "9000"})
    others = {"FEEDPROXY_LAB_TOKEN": "secret", "FEEDPROXY_HF_TOKEN": "secret", "PROT": "9000"}
    assert from_environ(others) == Config(environ=others)
