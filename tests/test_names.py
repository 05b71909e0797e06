"""What can be a name where: the limits of Kubernetes, LWS, Google Cloud and registries, pinned."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from r1c import names

GOOD = [
    (names.is_dns_1035_label, ["a", "deepseek-r1-a3mega", "a" * 63]),
    (names.is_dns_label, ["default", "1team", "a" * 63]),
    (names.is_dns_subdomain, ["hf-secret", "my.secret", "1.2", ".".join(["a" * 62] * 4)]),
    (names.is_label_key, ["team", "Team_1", "example.com/team", "a" * 63, "a.b/" + "c" * 63]),
    (names.is_label_value, ["", "a", "ML_Platform.1", "v" * 63]),
    (names.is_secret_key, ["hf_api_token", ".dockerconfigjson", "1", "k" * 253]),
    (names.is_variable, ["NCCL_DEBUG", "_x", "http_proxy"]),
    (names.is_bucket, ["abc", "my-bucket", "my_bucket", "a.b", "b" * 63, ".".join(["b" * 54] * 4)]),
    (names.is_project, ["my-project", "abc123", "p" * 30, "example.com:my-project"]),
    (names.is_cluster, ["a3mega", "c" * 40]),
    (names.is_region, ["us-central1", "northamerica-northeast1", "europe-west12"]),
    (names.is_location, ["us", "europe", "us-central1"]),
    (names.is_repository, ["my-repo", "r", "r1", "gcr.io", "eu.gcr.io"]),
    (names.is_image, ["vllm-openai", "vllm_openai", "team/vllm", "a.b__c---d"]),
    (names.is_tag, ["v0.7.3", "_x", "v0.7.3-tcpxo.1", "t" * 128]),
    (names.is_digest, ["sha256:" + "0123456789abcdef" * 4]),
    (
        names.is_model_repository,
        ["gpt2", "deepseek-ai/DeepSeek-R1", "a/b.c_d-e", "org/name-GGUF:Q4_K_M", "o/n/x.gguf"],
    ),
    (names.is_model_place, ["org/name", "/gcs/models/r1", "/gcs/r1/", "/models/r=1@v2"]),
    (names.is_mount_path, ["/gcs", "/mnt/my data", "/a/b.c"]),
]
BAD = [
    (names.is_dns_1035_label, ["", "1a", "a.b", "A", "a_b", "-a", "a-", "a" * 64, "a\n"]),
    (names.is_dns_label, ["", "a.b", "Team", "a" * 64]),
    (names.is_dns_subdomain, ["", ".a", "a..b", "Hf", "hf_secret", "a" * 254]),
    (names.is_label_key, ["", "/a", "a/", "a/b/c", "A.b/c", "-a", "a" * 64]),
    (names.is_label_value, ["-a", "a-", "a b", "ä", "v" * 64]),
    (names.is_secret_key, ["", "a b", "a/b", "k" * 254]),
    (names.is_variable, ["", "1A", "A-B", "A.B", "A B"]),
    (names.is_bucket, ["ab", "gs://b", "b/c", "B", "-abc", "abc-", "b" * 64, "1.2.3.4", "a..b", "a.b" * 90]),
    (names.is_project, ["my", "1abcdef", "My-Project", "my-project-", "p" * 31, "123456789012"]),
    (names.is_cluster, ["", "1a", "a-", "A", "c" * 41]),
    (names.is_region, ["us", "us-central1-a", "US-central1", "global", "us-central"]),
    (names.is_location, ["us-central1-a", "", "US"]),
    (names.is_repository, ["", "1r", "my_repo", "r-", "my.repo"]),
    (names.is_image, ["", "VLLM", "a:b", "/a", "a/", "a___b", "-a"]),
    (names.is_tag, ["", ".a", "-a", "a+b", "a/b", "t" * 129]),
    (names.is_digest, ["", "sha256:abc", "sha256:" + "A" * 64, "a" * 64, "sha512:" + "a" * 64]),
    (
        names.is_model_repository,
        ["", "a/b/c", "-a", "a-", "a--b", "a..b", "a b", "gs://b/c", "o/" + "n" * 97],
    ),
    (names.is_model_place, ["", "/", "./r1", "//r1", "/a b", "/a;b", "s3://b", "/a\n"]),
    (names.is_mount_path, ["", "/", "gcs", "/gcs/", "/a//b", "/a/../b", "/./a", "/a:b"]),
]


def cases(table: list[tuple[Callable[[str], bool], list[str]]]) -> list[tuple[Callable[[str], bool], str]]:
    return [(predicate, name) for predicate, examples in table for name in examples]


@pytest.mark.parametrize(("predicate", "name"), cases(GOOD), ids=lambda item: getattr(item, "__name__", None))
def test_takes(predicate: Callable[[str], bool], name: str) -> None:
    assert predicate(name)


@pytest.mark.parametrize(("predicate", "name"), cases(BAD), ids=lambda item: getattr(item, "__name__", None))
def test_refuses(predicate: Callable[[str], bool], name: str) -> None:
    assert not predicate(name)


@pytest.mark.parametrize(
    ("replicas", "length"), [(0, 50), (1, 50), (10, 50), (11, 49), (100, 49), (101, 48), (1_000_000, 45)]
)
def test_group_name_length(replicas: int, length: int) -> None:
    assert names.group_name_length(replicas) == length


def test_zone_has_a_region() -> None:
    assert names.region_of_zone("us-central1-a") == "us-central1"
    assert names.region_of_zone("us-central1") is None
    assert names.region_of_zone("global") is None


def test_cleaned() -> None:
    assert names.cleaned("My Model_1.0") == "my-model-1-0"
    assert names.cleaned("2-nodes", letter_first=True) == "nodes"
    assert names.cleaned("a" * 50 + "-b", length=51) == "a" * 50
    assert names.cleaned("___") is None


@given(st.text())
def test_what_is_cleaned_is_a_name(text: str) -> None:
    cleaned = names.cleaned(text, length=50, letter_first=True)
    assert cleaned is None or (names.is_dns_1035_label(cleaned) and len(cleaned) <= 50)


@given(st.from_regex(re.compile(r"[a-z]([-a-z0-9]{0,48}[a-z0-9])?"), fullmatch=True))
def test_a_good_name_stays(text: str) -> None:
    assert re.sub("-+", "-", text) == names.cleaned(text, letter_first=True)
