import re
from typing import Any

import pytest

from bot.running import STOP_SECONDS
from bot.settings import from_mapping
from bot.slack.http_mode import PATH, READY
from providers.registry import ACCOUNT_TYPES
from tests.deploy.files import compose, is_command, is_setting, read, settings_named
from tests.settings.test_load import BOT

CONFIG = "deploy/cluster.toml"


@pytest.fixture
def services() -> dict[str, Any]:
    return compose()


def started(services: dict[str, Any], name: str) -> set[str]:
    """Return what is started for one service: itself and what it needs."""
    needed = services[name].get("depends_on", {})
    return {name}.union(*(started(services, each) for each in needed))


def seconds(written: str) -> float:
    assert written.endswith("s")
    return float(written[:-1])


def test_plain_up_is_the_bot_of_one_machine(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "profiles" not in service] == ["milepost"]
    assert "data:/data" in services["milepost"]["volumes"]
    assert "depends_on" not in services["milepost"]


def test_who_asks_for_the_proxy_gets_the_whole_cluster_and_not_the_single_bot(services: dict[str, Any]) -> None:
    assert started(services, "proxy") == {"proxy", "replica-1", "replica-2", "migrate", "postgres"}
    assert started(services, "proxy") == services.keys() - {"milepost"}
    assert all(services[name]["profiles"] == ["cluster"] for name in started(services, "proxy"))


def test_the_tables_are_up_to_date_before_a_replica_starts(services: dict[str, Any]) -> None:
    for replica in ("replica-1", "replica-2"):
        assert services[replica]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["migrate"]["restart"] == "no"
    assert "healthcheck" in services["postgres"]


def test_the_command_that_migrates_exists(services: dict[str, Any]) -> None:
    assert is_command(services["migrate"]["command"])


@pytest.mark.parametrize("name", ["milepost", "replica-1", "replica-2", "migrate", "proxy"])
def test_what_we_run_may_do_little(services: dict[str, Any], name: str) -> None:
    service = services[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["milepost", "replica-1", "replica-2"])
def test_a_bot_is_given_the_time_that_it_takes_to_stop(services: dict[str, Any], name: str) -> None:
    assert seconds(services[name]["stop_grace_period"]) > STOP_SECONDS


def test_no_secret_stands_in_the_file(services: dict[str, Any]) -> None:
    secrets = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "POSTGRES_PASSWORD")
    for service in services.values():
        surroundings = service.get("environment", {})
        for name in (*secrets, "MILEPOST_ENCRYPTION_KEY"):
            assert surroundings.get(name, f"${{{name}:-}}") == f"${{{name}:-}}"


def test_what_the_replicas_read_is_in_their_surroundings(services: dict[str, Any]) -> None:
    surroundings = services["replica-1"]["environment"]
    read_there = set(
        re.findall(r'"env:(\w+)"', "\n".join(line for line in read(CONFIG).splitlines() if line[:1] != "#"))
    )

    assert read_there <= surroundings.keys()
    assert f"./{CONFIG}:{surroundings['MILEPOST_CONFIG']}:ro" in services["replica-1"]["volumes"]
    assert surroundings == services["replica-2"]["environment"] == services["migrate"]["environment"]


def test_every_setting_of_the_replicas_is_one() -> None:
    named = set(settings_named(read(CONFIG)))

    assert ("store", "encryption_key") in named
    assert {each for each in named if not is_setting(*each)} == set()


def test_the_settings_of_the_replicas_can_be_used() -> None:
    import tomllib

    key = "c2VhbGVkIHdpdGggdGhpcyBrZXksIDMyIGJ5dGVzISE="
    surroundings = {
        "SLACK_BOT_TOKEN": BOT,
        "SLACK_SIGNING_SECRET": "0123456789abcdef",
        "MILEPOST_STORE_URL": "postgresql://milepost:secret@postgres:5432/milepost",
        "MILEPOST_ENCRYPTION_KEY": key,
    }

    settings = from_mapping(tomllib.loads(read(CONFIG)), surroundings, ACCOUNT_TYPES)

    assert settings.slack.mode == "http"
    assert settings.store.url.get_secret_value() == surroundings["MILEPOST_STORE_URL"]


def test_the_proxy_hands_slacks_requests_to_each_replica_that_is_ready(services: dict[str, Any]) -> None:
    config = read("deploy/haproxy.cfg")
    port = re.search(r'listen = "0\.0\.0\.0:(\d+)"', read(CONFIG))
    assert port is not None

    servers = dict(re.findall(r"^ +server (\S+) (\S+)$", config, re.MULTILINE))

    assert servers == {name: f"{name}:{port[1]}" for name in services["proxy"]["depends_on"]}
    assert f"option httpchk GET {READY}\n" in config
    assert f"http-request deny deny_status 404 unless {{ path {PATH} }}\n" in config
    assert re.search(r"bind :8443 ssl", config)
    assert services["proxy"]["ports"] == ["443:8443"]


def test_the_proxy_repeats_only_what_was_not_handed_over() -> None:
    lines = [line.strip() for line in read("deploy/haproxy.cfg").splitlines()]

    assert [line for line in lines if line.startswith("retry-on")] == ["retry-on conn-failure"]
    assert "option httpclose" in lines
    assert "http-reuse never" in lines


def test_every_volume_that_is_named_is_there(services: dict[str, Any]) -> None:
    for service in services.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source in ("./deploy/tls", "data", "postgres"):
                continue
            assert read(source.removeprefix("./"))
