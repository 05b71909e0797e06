"""Reads releases of vLLM into r1c's facts: `python tools/read_release.py v0.34.0`.

It writes facts/vllm_models.json (which models each release serves), facts/vllm_releases.json (when it came
out, and the torch, CUDA, NCCL and transformers under it), facts/vllm_metrics.json (what /metrics shows),
facts/vllm.json (its flags, variables and parsers), facts/vllm_defaults.json (their defaults) and
facts/vllm_startup.json (what it checks when it starts). The source comes from the package index through
pip, or from --source: an unpacked source, a folder of them by version, or a Git repository with tags. With
--transformers WHEEL it reads releases of transformers into facts/transformers.json instead; do that first.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import read_startup
import transformers_source
import vllm_defaults
import vllm_flags
import vllm_metrics_source
import vllm_models_source
import vllm_table
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from release_facts import FACTS, Ranges, ranges, text
from vllm_models_source import Source, SourceError
from vllm_startup_source import Release

MODELS, RELEASES, TRANSFORMERS = "vllm_models.json", "vllm_releases.json", "transformers.json"
METRICS = "vllm_metrics.json"
FILES = (MODELS, RELEASES, TRANSFORMERS, METRICS)
TABLE, STARTUP, DEFAULTS = "vllm.json", "vllm_startup.json", "vllm_defaults.json"

Facts = dict[str, Any]


def load(folder: Path, name: str) -> Facts:
    """Return one of the files of facts, or an empty one to fill."""
    path = folder / name
    if path.exists():
        facts: Facts = json.loads(path.read_text(encoding="utf-8"))
        return facts
    empty: dict[str, Facts] = {
        MODELS: {"releases": [], "architectures": {}, "configTypes": {}, "gone": {}},
        RELEASES: {"releases": {}, "torch": {}},
        TRANSFORMERS: {"releases": {}, "modelTypes": {}, "architectures": {}},
        METRICS: {"releases": [], "metrics": {}},
        DEFAULTS: {"flags": {}, "variables": {}},
    }
    return empty[name]


def save(folder: Path, name: str, facts: Facts) -> None:
    """Write one of the files of facts."""
    (folder / name).write_text(text(facts), encoding="utf-8")


def order(releases: Iterable[str]) -> list[str]:
    """Sort releases, oldest first."""
    return sorted(releases, key=Version)


def expand(ranges: Ranges, releases: list[str]) -> set[str]:
    """Return the releases within ranges, of those that were read."""
    found: set[str] = set()
    for first, last in ranges:
        start = releases.index(str(first))
        end = releases.index(last) if last else len(releases) - 1
        found |= set(releases[start : end + 1])
    return found


def merge(facts: Facts, version: str, source: Source) -> Facts:
    """Return the facts about models with one release added or read again."""
    known: list[str] = facts["releases"]
    releases = order({*known, version})
    models = vllm_models_source.models(source)
    architectures: dict[str, Facts] = {}
    for name in sorted({*facts["architectures"], *models}):
        before = facts["architectures"].get(name, {})
        entry: Facts = {}
        for key in ("in", *vllm_models_source.TRAITS):
            there = expand(before.get(key, []), known) - {version}
            if name in models and (key == "in" or models[name].traits[key] is not False):
                there.add(version)
            entry[key] = ranges(there, releases)
        # What the source does not tell counts as supported: nothing is refused for it.
        if entry["in"]:
            architectures[name] = {key: value for key, value in entry.items() if value}
    types = set(vllm_models_source.config_types(source))
    configs = {}
    for name in sorted({*facts["configTypes"], *types}):
        there = expand(facts["configTypes"].get(name, []), known) - {version}
        configs[name] = ranges(there | ({version} if name in types else set()), releases)
    gone = facts["gone"]
    if version == releases[-1]:
        gone = dict(sorted(vllm_models_source.gone(source).items()))
    return {
        "source": "vllm/model_executor/models/registry.py, the classes that it names, and "
        "vllm/transformers_utils/config.py of each release; read by tools/read_release.py",
        "releases": releases,
        "architectures": architectures,
        "configTypes": {name: there for name, there in configs.items() if there},
        "gone": gone,
    }


def merge_metrics(facts: Facts, version: str, source: Source) -> Facts:
    """Return the facts about metrics with one release added or read again."""
    known: list[str] = facts["releases"]
    releases = order({*known, version})
    own = vllm_metrics_source.metrics(source.files)
    merged: dict[str, Facts] = {}
    for name in sorted({*facts["metrics"], *own}):
        before = facts["metrics"].get(name, {})
        kind, engines = own.get(name, (before.get("type"), ()))
        entry: Facts = {}
        for engine in vllm_metrics_source.FILES:
            there = expand(before.get(engine, []), known) - {version}
            entry[engine] = ranges(there | ({version} if engine in engines else set()), releases)
        if any(entry.values()):
            merged[name] = {"type": kind, **{engine: there for engine, there in entry.items() if there}}
    places = " and ".join(f"{place} ({engine})" for engine, place in vllm_metrics_source.FILES.items())
    return {
        "source": f"{places} of each release; what is declared under a condition is left out; read by "
        "tools/read_release.py",
        "releases": releases,
        "metrics": merged,
    }


def metadata(package: str) -> Mapping[str, Any]:
    """Return the metadata of a package's release, which pip fetches without the package itself."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps"]
        command += ["--ignore-installed", "--only-binary", ":all:", "--report", str(report), package]
        if subprocess.run(command, check=False).returncode:
            raise SourceError(f"pip finds no {package}")
        found: Mapping[str, Any] = json.loads(report.read_text(encoding="utf-8"))["install"][0]["metadata"]
        return found


def torch_pins(version: str) -> dict[str, str]:
    """Return the CUDA runtime and the NCCL that a release of torch brings on x86-64."""
    found: dict[str, str] = {}
    # Three signs leave out builds with a suffix (+cpu), which pip may know from elsewhere.
    for line in metadata(f"torch==={version}").get("requires_dist", ()):
        name, _, rest = line.replace("(", "").replace(")", "").partition("==")
        pinned = rest.split(";")[0].strip()
        name = name.split("[")[0].strip()
        if name.startswith(("nvidia-cuda-runtime", "cuda-toolkit")):
            found["cuda"] = ".".join(pinned.split(".")[:2])
        elif name.startswith("nvidia-nccl"):
            found["nccl"] = pinned
    return found


def release_pins(facts: Facts, version: str, source: Source) -> dict[str, str]:
    """Return what a release asks for, and add its torch to the facts."""
    pins = vllm_models_source.pins(source)
    if not pins:
        told = metadata(f"vllm=={version.removeprefix('v')}")
        pins = vllm_models_source.wanted(told.get("requires_dist", ()))
        pins |= {"python": told["requires_python"]} if "requires_python" in told else {}
    # Requirements and metadata give the same limits in another order.
    pins = {name: str(SpecifierSet(limits)) for name, limits in pins.items()}
    torch = pins.get("torch", "").removeprefix("==")
    if torch:
        pins["torch"] = torch
        if torch not in facts["torch"]:
            facts["torch"][torch] = torch_pins(torch)
            if not facts["torch"][torch].get("nccl"):
                raise SourceError(f"torch {torch} names no NCCL")
            facts["torch"] = {name: facts["torch"][name] for name in order(facts["torch"])}
    return pins


def newest_transformers(facts: Facts, asked: str, date: str) -> str | None:
    """Return the newest transformers, as its first two numbers, that an image made on a day has."""
    fitting = [
        version
        for version, published in facts["releases"].items()
        if published <= date and f"{version}.99" in SpecifierSet(asked)
    ]
    return order(fitting)[-1] if fitting else None


def add_release(folder: Path, version: str, source: Source) -> None:
    """Read one release into the files of facts."""
    add_flags(folder, version, source)
    save(folder, MODELS, merge(load(folder, MODELS), version, source))
    save(folder, METRICS, merge_metrics(load(folder, METRICS), version, source))
    facts = load(folder, RELEASES)
    pins = release_pins(facts, version, source)
    date = source.files.date or facts["releases"].get(version, {}).get("date")
    if date is None:
        raise SourceError(f"the source of vLLM {version} does not tell its date")
    has = newest_transformers(load(folder, TRANSFORMERS), pins.get("transformers", ""), date)
    nccl = vllm_models_source.image_nccl(source) or facts["releases"].get(version, {}).get("ncclInImage")
    entry = {"date": date, **pins} | ({"transformersInImage": has} if has else {})
    entry |= {"ncclInImage": nccl} if nccl else {}
    every = facts["releases"] | {version: entry}
    save(
        folder,
        RELEASES,
        {
            "source": "the packages' own metadata (requirements, and torch's on x86-64), the day on which "
            "the source distribution was made, and docker/Dockerfile (NCCL_VERSION); read by "
            "tools/read_release.py",
            "releases": {name: every[name] for name in order(every)},
            "torch": facts["torch"],
        },
    )


def add_flags(folder: Path, version: str, source: Source) -> None:
    """Read the flags and start-up checks of a release that is newer than all that have theirs in the facts.

    One in between counts as the nearest below it, as r1c counts every release without flags of its own.
    """
    table = load(folder, TABLE)
    known = table["versions"]
    if version in known or Version(version) < Version(known[-1]):
        return
    table = vllm_table.merge(table, version, source)
    save(folder, TABLE, table)
    read = {name: flag.default for name, flag in vllm_flags.flags(source).items()}
    save(folder, DEFAULTS, vllm_defaults.merge(load(folder, DEFAULTS), version, source, read))
    release = Release(source.files.place / "vllm")
    checks = read_startup.facts({version: release}, table["versions"], load(folder, STARTUP))
    save(folder, STARTUP, checks)


def add_transformers(folder: Path, wheels: list[Path]) -> None:
    """Read releases of transformers: the first that knows a model type or an architecture."""
    facts = load(folder, TRANSFORMERS)
    for wheel in wheels:
        version = ".".join(wheel.name.split("-")[1].split(".")[:2])
        date, types, architectures = transformers_source.read(wheel)
        facts["releases"][version] = date
        for key, names in (("modelTypes", types), ("architectures", architectures)):
            for name in names:
                facts[key][name] = order([facts[key].get(name, version), version])[0]
    releases = {name: facts["releases"][name] for name in order(facts["releases"])}
    save(
        folder,
        TRANSFORMERS,
        {
            "source": "transformers/models/auto of the first wheel of each minor release: the first that "
            "knows a config's model_type, or an architecture that generates text; read by "
            "tools/read_release.py --transformers",
            "releases": releases,
            "modelTypes": dict(sorted(facts["modelTypes"].items())),
            "architectures": dict(sorted(facts["architectures"].items())),
        },
    )


@contextmanager
def downloaded(version: str) -> Iterator[Path]:
    """Fetch and unpack a source distribution with pip, and give its folder; the wheel's where there is none.

    pip unpacks it to ask for its metadata, which vLLM cannot give without torch; --no-clean keeps the files.
    """
    package = f"vllm=={version.removeprefix('v')}"
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        source = [*command, "--no-clean", "--no-binary", "vllm", "--no-build-isolation", package]
        environment = {**os.environ, "TMPDIR": folder}
        ran = subprocess.run(source, env=environment, capture_output=True, check=False)
        registry = f"**/{vllm_models_source.REGISTRY.replace('.', '/')}.py"
        if not any(Path(folder).glob(registry)):
            ran = subprocess.run(
                [*command, "--only-binary", ":all:", package],
                env=environment,
                capture_output=True,
                check=False,
            )
            for wheel in Path(folder).glob("vllm-*.whl"):
                unpack(wheel, Path(folder) / "wheel")
        found = sorted(Path(folder).glob(registry))
        if not found:
            raise SourceError(f"pip brings no source of vLLM {version}:\n{ran.stderr.decode()}")
        yield found[0].parents[3]


def unpack(wheel: Path, folder: Path) -> None:
    """Unpack the Python files of a wheel, with their times."""
    with zipfile.ZipFile(wheel) as archive:
        for item in archive.infolist():
            if item.filename.endswith(".py"):
                made = datetime.datetime(*item.date_time, tzinfo=datetime.UTC).timestamp()
                os.utime(archive.extract(item, folder), (made, made))


def main() -> int:
    """Read the releases named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "release", nargs="*", help="a release of vLLM, v0.34.0, or with --transformers a wheel"
    )
    parser.add_argument("--source", type=Path, help="where the source is, instead of the package index")
    parser.add_argument("--transformers", action="store_true", help="read wheels of transformers")
    parser.add_argument("--facts", type=Path, default=FACTS, help="the folder to write to")
    asked = parser.parse_args()
    try:
        if asked.transformers:
            add_transformers(asked.facts, [Path(name) for name in asked.release])
            return 0
        for name in asked.release:
            version = f"v{name.removeprefix('v')}"
            with (
                nullcontext(asked.source) if asked.source else downloaded(version) as place,
                vllm_models_source.tree(place, version) as files,
            ):
                add_release(asked.facts, version, Source(files))
            print(f"read vLLM {version}")
    except SourceError as fault:
        print(f"read_release: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
