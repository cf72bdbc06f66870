import re
import tomllib
from typing import Any

import pytest

from bot.running import STOP_SECONDS
from bot.slack.http_mode import LIVE, PATH, READY
from tests.deploy.files import compose, is_command, is_setting, manifests, read, settings_named


@pytest.fixture
def by_kind() -> dict[str, dict[str, Any]]:
    return manifests()


def pod(manifest: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = manifest["spec"]["template"]["spec"]
    return spec


def container(manifest: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod(manifest)["containers"]
    assert isinstance(only, dict)
    return only


def labels(manifest: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = manifest["spec"]["template"]["metadata"]["labels"]
    return found


def test_everything_is_there(by_kind: dict[str, dict[str, Any]]) -> None:
    assert by_kind.keys() == {"ConfigMap", "Deployment", "Ingress", "Job", "PodDisruptionBudget", "Service"}


def test_whoever_selects_the_pods_finds_them_and_not_the_job(by_kind: dict[str, dict[str, Any]]) -> None:
    pods = labels(by_kind["Deployment"])
    spread = pod(by_kind["Deployment"])["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"]

    for selector in (
        by_kind["Deployment"]["spec"]["selector"]["matchLabels"],
        by_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        by_kind["Service"]["spec"]["selector"],
        spread,
    ):
        assert selector.items() <= pods.items()
        assert not selector.items() <= labels(by_kind["Job"]).items()


def test_the_probes_ask_what_the_bot_answers(by_kind: dict[str, dict[str, Any]]) -> None:
    bot = container(by_kind["Deployment"])

    assert bot["startupProbe"]["httpGet"] == {"path": LIVE, "port": "http"}
    assert bot["livenessProbe"]["httpGet"] == {"path": LIVE, "port": "http"}
    assert bot["readinessProbe"]["httpGet"] == {"path": READY, "port": "http"}


def test_the_ports_are_one_from_the_ingress_to_the_setting(by_kind: dict[str, dict[str, Any]]) -> None:
    settings = tomllib.loads(by_kind["ConfigMap"]["data"]["milepost.toml"])
    (port,) = container(by_kind["Deployment"])["ports"]
    (service_port,) = by_kind["Service"]["spec"]["ports"]
    (rule,) = by_kind["Ingress"]["spec"]["rules"]
    (path,) = rule["http"]["paths"]

    assert settings["slack"]["listen"] == f"0.0.0.0:{port['containerPort']}"
    assert settings["slack"]["mode"] == "http"
    assert service_port["targetPort"] == port["name"] == "http"
    assert (path["path"], path["pathType"]) == (PATH, "Exact")
    assert path["backend"]["service"] == {
        "name": by_kind["Service"]["metadata"]["name"],
        "port": {"name": service_port["name"]},
    }


def test_an_upgrade_or_an_emptied_node_leaves_a_replica_at_work(by_kind: dict[str, dict[str, Any]]) -> None:
    deployment = by_kind["Deployment"]["spec"]

    assert deployment["replicas"] >= 2
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert by_kind["PodDisruptionBudget"]["spec"]["maxUnavailable"] < deployment["replicas"]


def test_a_pod_is_given_the_time_that_it_takes_to_stop(by_kind: dict[str, dict[str, Any]]) -> None:
    sleep, before = container(by_kind["Deployment"])["lifecycle"]["preStop"]["exec"]["command"]

    assert sleep == "sleep"
    assert pod(by_kind["Deployment"])["terminationGracePeriodSeconds"] > int(before) + STOP_SECONDS


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_a_container_may_do_little_and_is_the_user_of_the_image(by_kind: dict[str, dict[str, Any]], kind: str) -> None:
    outside, inside = pod(by_kind[kind])["securityContext"], container(by_kind[kind])["securityContext"]
    user = re.search(r"--uid (\d+)", read("Dockerfile"))

    assert user is not None
    assert (outside["runAsNonRoot"], outside["runAsUser"]) == (True, int(user[1]))
    assert outside["seccompProfile"] == {"type": "RuntimeDefault"}
    assert inside == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod(by_kind[kind])["automountServiceAccountToken"] is False
    assert container(by_kind[kind])["resources"].keys() == {"requests", "limits"}


@pytest.mark.parametrize("kind", ["Deployment", "Job"])
def test_what_a_container_reads_is_mounted(by_kind: dict[str, dict[str, Any]], kind: str) -> None:
    mounts = {mount["name"]: mount["mountPath"] for mount in container(by_kind[kind])["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod(by_kind[kind])["volumes"]}
    (config,) = container(by_kind[kind])["env"]

    assert mounts.keys() == volumes.keys()
    assert volumes["config"]["configMap"]["name"] == by_kind["ConfigMap"]["metadata"]["name"]
    assert config == {"name": "MILEPOST_CONFIG", "value": f"{mounts['config']}/milepost.toml"}


def test_the_working_directory_of_the_image_can_be_written(by_kind: dict[str, dict[str, Any]]) -> None:
    workdir = re.search(r"^WORKDIR (/data)$", read("Dockerfile"), re.MULTILINE)

    assert workdir is not None
    assert workdir[1] in {mount["mountPath"] for mount in container(by_kind["Deployment"])["volumeMounts"]}


def test_the_bot_and_the_job_are_of_one_image_and_one_secret(by_kind: dict[str, dict[str, Any]]) -> None:
    bot, job = container(by_kind["Deployment"]), container(by_kind["Job"])

    assert bot["image"] == job["image"]
    assert bot["envFrom"] == job["envFrom"] == [{"secretRef": {"name": "milepost"}}]
    assert "kubectl create secret generic milepost " in read("docs/deploy.md")
    assert is_command(bot["args"])


def test_the_secret_that_the_page_makes_has_what_the_settings_read(by_kind: dict[str, dict[str, Any]]) -> None:
    toml = by_kind["ConfigMap"]["data"]["milepost.toml"]
    read_there = set(re.findall(r'^\w+ = "env:(\w+)"', toml, re.MULTILINE))
    made = set(re.findall(r"--from-literal=(\w+)=", read("docs/deploy.md")))

    assert read_there | {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"} <= made
    assert read_there <= compose()["replica-1"]["environment"].keys()


def test_every_setting_in_the_config_is_that_of_the_compose_file_and_is_one(
    by_kind: dict[str, dict[str, Any]],
) -> None:
    toml = by_kind["ConfigMap"]["data"]["milepost.toml"]

    assert tomllib.loads(toml) == tomllib.loads(read("deploy/cluster.toml"))
    assert {each for each in settings_named(toml) if not is_setting(*each)} == set()


def test_the_command_of_the_job_exists(by_kind: dict[str, dict[str, Any]]) -> None:
    assert is_command(container(by_kind["Job"])["args"])
