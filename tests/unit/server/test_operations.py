"""The files for those who operate a server speak of what there is."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

import server.metrics
from server.settings import Settings

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def known_samples():
    """Return the names that a scrape has for each of our metrics."""
    for metric in REGISTRY.collect():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
        yield from (metric.name + suffix for suffix in suffixes.get(metric.type, [""]))


@pytest.mark.req("B75")
def test_alerts_watch_metrics_that_there_are():
    told = yaml.safe_load((ROOT / "docs" / "alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in told["groups"] for rule in group["rules"]]
    used = {name for rule in rules for name in re.findall(r"fabula_\w+", rule["expr"])}

    assert server.metrics and used <= set(known_samples()) and len(used) >= 6
    for rule in rules:
        assert rule["alert"] and rule["labels"]["severity"] in ("page", "warn")
        assert rule["annotations"]["summary"]
        assert rule["expr"].count("(") == rule["expr"].count(")")


@pytest.mark.req("B74")
def test_the_guide_names_every_metric_and_only_settings_that_there_are():
    families = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("fabula_")}
    named = set(re.findall(r"`(fabula_\w+?)(?:_total)?`", GUIDE))
    assert families <= named

    fields = {f"FABULA_{name.upper()}" for name in Settings.model_fields}
    others = {"FABULA_HOME", "FABULA_OBJECTS", "FABULA_TRUSTED_HOSTS", "FABULA_ENCRYPTION_KEYS"}
    others |= {"FABULA_MEDIA_AT_ONCE", "FABULA_MODERATION"}
    assert set(re.findall(r"FABULA_[A-Z_]+[A-Z]", GUIDE)) <= fields | others


@pytest.mark.req("B88")
def test_the_image_holds_every_package_and_runs_as_nobody_special():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    for needed in (
        *packages,
        "langgraph.json",
        "pyproject.toml",
        "requirements.lock",
        project["project"]["readme"],
    ):
        assert f"!{needed}" in kept and (ROOT / needed).exists()
    assert dockerfile.count("FROM ") == 2 and "--require-hashes" in dockerfile
    last = dockerfile.rpartition("FROM ")[2]
    assert re.search(r"^USER (?!root)\w+$", last, re.M) and "HEALTHCHECK" in last
