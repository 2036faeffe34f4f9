"""Deployment files, as far as a machine without an engine can check them."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import ops
from ops import dependencies
from ops.deploy import lock, requirements
from service.settings import Settings
from service.telemetry.prometheus import Metrics

FOLDER = Path(ops.__file__).parent / "deploy"
ROOT = FOLDER.parent.parent
INSTRUCTIONS = {"FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with their arguments, continued lines joined."""
    text = re.sub(r"\\\n", " ", "\n".join(line for line in (FOLDER / "Dockerfile").read_text("utf-8").splitlines() if not line.startswith("#")))
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in text.splitlines() if line.strip()]


def settings_read() -> set[str]:
    fields = Settings.model_fields.items()
    return {f"PROOFDESK_{name.upper()}" for name, _ in fields} | {str(one.validation_alias) for _, one in fields if one.validation_alias}


def test_the_image_has_known_instructions_and_copies_what_is_there() -> None:
    found = instructions()
    assert {name for name, _ in found} <= INSTRUCTIONS
    for name, arguments in found:
        if name == "COPY" and "--from" not in arguments:
            *sources, _ = arguments.split()
            assert all((ROOT / source).exists() for source in sources), arguments


def test_the_image_serves_without_torch_and_not_as_root() -> None:
    found = instructions()
    stages = [arguments.split()[-1] for name, arguments in found if name == "FROM"]
    last = len(found) - 1 - [name for name, _ in reversed(found)].index("FROM")
    served = found[last:]
    assert stages == ["build", "serve"]
    assert not any("torch" in arguments for _, arguments in served)
    assert ("USER", "proofdesk") in served
    copied = [arguments for name, arguments in served if name == "COPY" and "--from" in arguments]
    assert all(re.search(r"--from=build\b", one) for one in copied)


def test_serving_needs_no_library_that_only_builds() -> None:
    wanted = requirements.serving((ROOT / "pyproject.toml").read_text("utf-8"))
    names = {re.split(r"[\[<>=! ]", one)[0] for one in wanted}
    assert not names & requirements.ONLY_BUILDING
    assert {"fastapi", "sqlalchemy", "onnxruntime", "psycopg"} <= names


def test_the_lock_names_every_version_of_the_constraints_with_a_hash_for_each_platform() -> None:
    pinned = lock.versions((ROOT / "constraints.txt").read_text("utf-8"))
    known = lock.hashes(lock.LOCK.read_text("utf-8"))
    assert {name: one[0] for name, one in known.items()} == {name: f"{name}=={pinned[name]}" for name in pinned if name not in lock.ELSEWHERE}
    for name, (_, *given) in known.items():
        assert 1 <= len(given) <= len(lock.PLATFORMS), name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in given), name


def test_the_constraints_name_every_package_that_is_asked_for_in_turn() -> None:
    pinned = lock.versions((ROOT / "constraints.txt").read_text("utf-8"))
    assert {one.name for one in dependencies.installed()} - pinned.keys() == set()


def test_the_image_serves_from_archives_with_hashes_alone_and_they_are_all_it_needs() -> None:
    known = lock.hashes(lock.LOCK.read_text("utf-8"))
    lines = requirements.locked((ROOT / "pyproject.toml").read_text("utf-8"), known)
    names = {one.split("==")[0] for one in lines}
    assert names > {"fastapi", "anyio", "psycopg", "psycopg-binary", "onnxruntime"}
    assert not names & requirements.ONLY_BUILDING
    assert all("--hash=sha256:" in one for one in lines)
    (installing,) = [arguments for name, arguments in instructions() if name == "RUN" and "/venv/bin/pip" in arguments]
    assert "--require-hashes --no-deps" in installing
    with pytest.raises(requirements.NotLocked, match="no hash is known for anyio"):
        requirements.locked((ROOT / "pyproject.toml").read_text("utf-8"), {name: one for name, one in known.items() if name != "anyio"})


def test_the_start_script_is_a_valid_shell_script() -> None:
    assert subprocess.run(["sh", "-n", str(FOLDER / "start.sh")], capture_output=True).returncode == 0


def test_compose_mounts_what_is_there_and_sets_what_is_read() -> None:
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))
    assert {"app", "worker", "postgres", "collector", "prometheus", "grafana"} <= compose["services"].keys()
    assert set(compose["services"]["app"]["environment"]) <= settings_read()
    for service in compose["services"].values():
        assert service.get("image", "x:1").rpartition(":")[2] not in ("latest", ""), "an image without a version"
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert (FOLDER / source).exists() if source.startswith(".") else source in compose["volumes"]
        for need in service.get("depends_on", {}):
            assert need in compose["services"]


def test_no_service_of_compose_writes_beside_its_volumes_gains_rights_or_starts_with_a_placeholder() -> None:
    text = (FOLDER / "compose.yaml").read_text("utf-8")
    for name, service in yaml.safe_load(text)["services"].items():
        assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"]), name
        assert not service.get("privileged"), name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
    secrets = re.findall(r"(?:PASSWORD|TOKEN)\w*: (.+)", text)
    assert len(secrets) > 2
    assert all(re.search(r"\$\{\w+:\?", one) for one in secrets)


def test_no_secret_of_the_manifests_starts_as_it_is() -> None:
    (secret,) = [one for one in manifests() if one["kind"] == "Secret"]
    for name, value in secret["stringData"].items():
        with pytest.raises(ValueError, match=f"{name} still holds a placeholder"):
            Settings(**{name.removeprefix("PROOFDESK_").lower(): value})


def test_the_image_switches_off_what_libraries_report() -> None:
    set_in = [arguments for name, arguments in instructions() if name == "ENV" and "ORT_DISABLE_TELEMETRY=1" in arguments]
    assert len(set_in) == 2  # both stages


def test_the_collector_joins_what_it_defines() -> None:
    config = yaml.safe_load((FOLDER / "collector.yaml").read_text("utf-8"))
    for pipeline in config["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= config[kind].keys()


def test_prometheus_asks_the_application() -> None:
    jobs = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    assert jobs[0]["static_configs"][0]["targets"] == ["app:8000"]


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    board = json.loads((FOLDER / "grafana" / "dashboards" / "proofdesk.json").read_text("utf-8"))
    registry = Metrics()._registry
    known = {sample for family in registry.collect() for sample in (family.name, f"{family.name}_total", f"{family.name}_bucket")}
    asked = {name for panel in board["panels"] for target in panel["targets"] for name in re.findall(r"proofdesk_\w+", target["expr"])}
    assert asked
    assert asked <= known
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def manifests() -> list[dict[str, Any]]:
    return [one for path in sorted((FOLDER / "kubernetes").glob("*.yaml")) for one in yaml.safe_load_all(path.read_text("utf-8"))]


@pytest.mark.parametrize("one", [one for one in manifests() if one["kind"] == "Deployment"], ids=lambda one: str(one["metadata"]["name"]))
def test_a_deployment_selects_its_own_pods_with_probes_limits_and_few_rights(one: dict[str, Any]) -> None:
    pod = one["spec"]["template"]
    assert one["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    for container in pod["spec"]["containers"]:
        assert "livenessProbe" in container
        assert container["resources"]["limits"]["memory"]
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        assert not container["image"].endswith(":latest")


def test_what_the_manifests_name_is_defined_in_them() -> None:
    listed = manifests()
    defined = {(one["kind"], one["metadata"]["name"]) for one in listed}
    for one in listed:
        assert one.keys() >= {"apiVersion", "kind", "metadata"}
        if one["kind"] == "Deployment":
            spec = one["spec"]["template"]["spec"]
            claims = [volume["persistentVolumeClaim"]["claimName"] for volume in spec["volumes"] if "persistentVolumeClaim" in volume]
            secrets = [source["secretRef"]["name"] for container in spec["containers"] for source in container["envFrom"]]
            assert {("PersistentVolumeClaim", name) for name in claims} | {("Secret", name) for name in secrets} <= defined
    secret = next(one for one in listed if one["kind"] == "Secret")
    assert secret["stringData"].keys() <= settings_read()


def test_the_github_workflow_asks_for_targets_and_options_that_are_there() -> None:
    from typer.testing import CliRunner

    from ops.cli.evals import app

    workflow = yaml.safe_load((FOLDER / "github-actions.yaml").read_text("utf-8"))
    steps = workflow["jobs"]["evals"]["steps"]
    (command,) = [step["run"] for step in steps if "make" in step.get("run", "")]
    target, _, arguments = command.removeprefix("make ").partition(" ")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    given = arguments.partition("=")[2].strip('"').split()
    known = CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "200"}).output
    assert all(word in known for word in given if word.startswith("--")), given
    kept = [step["with"]["path"] for step in steps if "upload" in step.get("uses", "")]
    assert kept == [given[given.index("--out") + 1]]
    assert workflow["permissions"] == {"contents": "read"}
