"""Schemas of custom resource definitions: the real ones take every recipe; jsonschema may be missing."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import REPO
from fake_cluster import cluster, edited, plan_of, profile, snapshot
from official_crd import crd
from r1c import pipeline
from r1c.check.preflight_codes import cluster_codes
from r1c.diagnostics import install
from r1c.lower import lower
from r1c.preflight import requests
from r1c.preflight.checks import preflight
from r1c.preflight.snapshot import read
from upstream import MISSING, UPSTREAM

PROFILES = sorted((REPO / "profiles").glob("*.yaml"))
SCHEMA = {cluster_codes.REFUSED_BY_SCHEMA, cluster_codes.DROPPED_BY_SCHEMA}


@cache
def definition(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(crd(kind).read_text(encoding="utf-8"))
    return found


@pytest.mark.skipif(not UPSTREAM.is_dir(), reason=MISSING)
@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_the_real_definitions_take_every_recipe(path: Path) -> None:
    plan = pipeline.analyse(path.name, path.read_bytes()).plan
    assert plan
    kinds = {item["kind"] for item in requests.objects(lower(plan)) if requests.is_custom(item)}
    held = [definition(kind) for kind in kinds if crd(kind).exists()]
    assert any(item["metadata"]["name"].startswith("leaderworkersets.") for item in held)
    text = "\n".join(json.dumps(item, default=str) for item in held)
    found = preflight(plan, read(text, "snapshot.json"))
    assert [finding.message for code, finding in found if code in SCHEMA] == []


def test_without_jsonschema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    plan = plan_of(profile(None))
    ((code, finding),) = preflight(plan, read(snapshot(plan, cluster(plan)), "snapshot.json"))
    assert code.id == "R1CP33"
    assert finding.message == (
        "not checked: the objects against the schemas of the cluster's definitions, which needs jsonschema"
    )
    assert finding.help == f"run: {install.command('jsonschema')}"


def test_an_unusable_schema_is_not_checked() -> None:
    plan = plan_of(profile(None))
    name = "CustomResourceDefinition leaderworkersets.leaderworkerset.x-k8s.io"
    version = {"name": "v1", "served": True, "schema": {"openAPIV3Schema": {"type": "objekt"}}}
    objects = edited(cluster(plan), {name: {"spec": {"versions": [version]}}})
    ((code, finding), *_) = preflight(plan, read(snapshot(plan, objects), "snapshot.json"))
    assert code.id == "R1CP58"
    assert finding.message == "not checked: LeaderWorkerSet: the schema of its definition is not valid"
