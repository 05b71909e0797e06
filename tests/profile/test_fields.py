"""The profile's fields, as its schema has them."""

from __future__ import annotations

import pytest

from r1c.profile import fields


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("spec",), "spec"),
        (("spec", "network", "subnetworks", 1), "spec.network.subnetworks[1]"),
        (("spec", "vllm", "args", "max-model-len"), "spec.vllm.args.max-model-len"),
        (("a", 0, 1, "b"), "a[0][1].b"),
    ],
)
def test_dotted(path: tuple[str | int, ...], text: str) -> None:
    assert fields.dotted(path) == text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("metadata.name", "string"),
        ("metadata.labels", "map of strings"),
        ("spec.vllm.args", "map"),
        ("spec.vllm.env", "map of strings and maps"),
        ("spec.vllm.env.NAME.secretKeyRef", "map"),
        ("spec.vllm.env.NAME.secretKeyRef.name", "string"),
        ("spec.parallelism", "map"),
        ("spec.parallelism.tensor", "integer"),
        ("spec.nodes", "integer"),
        ("spec.network.mode", "one of pod, host, dranet"),
        ("spec.network.subnetworks", "list of strings"),
        ("spec.scheduling.tolerations", "list of maps"),
        ("spec.scheduling.tolerations.effect", "one of NoSchedule, PreferNoSchedule, NoExecute"),
        ("spec.gpudirect.buildType", "string or integer"),
        ("spec.gpudirect.useHostPlugin", "boolean"),
    ],
)
def test_types_in_words(path: str, words: str) -> None:
    assert {field.path: field.words for field in fields.every()}[path] == words


def test_find_a_field() -> None:
    found = fields.find(("spec", "service", "port"))
    assert found is not None
    assert (found.path, found.required, found.default) == ("spec.service.port", False, "8000")


def test_find_a_value_in_a_map_of_names() -> None:
    value = fields.find(("spec", "vllm", "env", "VLLM_API_KEY"))
    key = fields.find(("spec", "vllm", "env", "VLLM_API_KEY", "secretKeyRef", "key"))
    assert value is not None
    assert (value.path, value.words) == ("spec.vllm.env.VLLM_API_KEY", "string or map")
    assert key is not None
    assert (key.words, key.required) == ("string", True)
    assert fields.find(("metadata", "labels", "team")) is None


def test_find_an_item_of_a_list() -> None:
    texts = fields.find(("spec", "network", "subnetworks", 3))
    sections = fields.find(("spec", "scheduling", "tolerations", 0))
    inner = fields.find(("spec", "scheduling", "tolerations", 0, "key"))
    assert texts is not None
    assert (texts.path, texts.words, texts.section) == ("spec.network.subnetworks[3]", "string", None)
    assert sections is not None
    assert (sections.words, sections.section is not None) == ("map", True)
    assert inner is not None
    assert inner.words == "string"


@pytest.mark.parametrize(
    "path",
    [
        ("spek",),
        ("spec", "service", "port", "deeper"),
        ("spec", "service", 0),
        ("metadata", "labels", "team"),
        ("spec", "vllm", "args", "max-model-len"),
        ("spec", "scheduling", "tolerations", "key"),
        (0,),
    ],
)
def test_find_nothing(path: tuple[str | int, ...]) -> None:
    found = fields.find(path)
    assert found is None or path == ("spec", "scheduling", "tolerations", "key")


def test_every_field_once_sections_first() -> None:
    paths = [field.path for field in fields.every()]
    assert len(set(paths)) == len(paths)
    assert paths[:2] == ["apiVersion", "kind"]
    assert all(path.rpartition(".")[0] in ["", *paths[:number]] for number, path in enumerate(paths))


def test_every_field_has_a_meaning() -> None:
    assert all(field.description.endswith(".") for field in fields.every())


def test_required_fields() -> None:
    assert [field.path for field in fields.every() if field.required] == [
        "apiVersion",
        "kind",
        "metadata",
        "metadata.name",
        "spec",
        "spec.platform",
        "spec.model",
        "spec.model.id",
        "spec.vllm",
        "spec.vllm.version",
        "spec.vllm.env.NAME.secretKeyRef",
        "spec.vllm.env.NAME.secretKeyRef.name",
        "spec.vllm.env.NAME.secretKeyRef.key",
        "spec.parallelism",
        "spec.parallelism.tensor",
        "spec.cluster",
        "spec.cluster.project",
        "spec.cluster.name",
        "spec.cluster.region",
        "spec.image",
        "spec.image.registry",
        "spec.storage",
        "spec.storage.bucket",
        "spec.scaling.adapter",
        "spec.scaling.maxReplicas",
        "spec.provisioning.reservation.name",
        "spec.provisioning.topology.level",
    ]


def test_names_are_those_of_profiles() -> None:
    store = fields.inside(("spec", "huggingface", "externalSecret"))
    assert store is not None
    assert list(fields.names(store)) == ["store", "storeKind", "key"]
