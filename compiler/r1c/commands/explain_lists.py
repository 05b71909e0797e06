"""The lists of `r1c explain models|platforms|releases|regions`, as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from r1c import facts
from r1c.commands import explain_platform
from r1c.diagnostics.columns import aligned
from r1c.facts import google_cloud, model_table, nccl_variables, vllm, vllm_history, vllm_releases


def models() -> Iterator[str]:
    """Yield the table of all models."""
    # Only what is about models needs the whole pipeline.
    from r1c.commands import explain_model

    rows = [("Model", "Parameters", "Attention", "Weights", "Checkpoint", "vLLM since")]
    for model in model_table.all_known():
        rows.append(
            (
                model.id,
                explain_model.parameters(model),
                explain_model.attention(model.architecture),
                explain_model.weights(model.architecture),
                explain_model.checkpoint(model.architecture),
                explain_model.since(model),
            )
        )
    yield from aligned(rows, right=(1, 4))
    yield ""
    yield f"{vllm.versions()[0]} is the oldest release that r1c knows."
    yield "`r1c explain MODEL` has the layers, the other names and the smallest group on each platform."


def platforms() -> Iterator[str]:
    """Yield the table of all platforms."""
    rows = [
        ("Platform", "Machine type", "GPUs", "GPU memory", "GPU NICs", "GPUDirect", "GKE since", "vLLM since")
    ]
    for id_ in facts.platforms():
        platform = facts.platform(id_)
        rows.append(
            (
                id_,
                platform.machine_type,
                f"{platform.gpus_per_node} x {platform.gpu_model.removeprefix('NVIDIA ').split()[0]}",
                f"{platform.gpu_memory_gib} GiB",
                str(len(platform.gpu_interfaces)),
                platform.stack,
                platform.minimum_gke,
                explain_platform.since(platform),
            )
        )
    yield from aligned(rows, right=(4,))
    yield ""
    yield "`r1c explain PLATFORM` has the networks, the driver and the zones."


def releases() -> Iterator[str]:
    """Yield the table of all published vLLM releases, newest first."""
    rows = [("vLLM", "Released", "torch", "CUDA", "NCCL", "Driver", "Checked as")]
    for version in reversed(tuple(vllm_releases.published())):
        under = vllm_releases.stack(version)
        assert under is not None  # noqa: S101  # every published release has one
        driver = explain_platform.driver(under.cuda)
        checked = vllm.sampled(version) or "not checked"
        rows.append((version, under.date, under.torch, under.cuda, under.nccl, driver, checked))
    yield from aligned(rows)
    yield ""
    yield "r1c checks a release by the flags, variables and defaults of the release in the last column."
    yield "Driver is the oldest NVIDIA driver for that CUDA."


def regions() -> Iterator[str]:
    """Yield the table of all regions, with the zones of each machine."""
    cloud = google_cloud.read()
    known = [facts.platform(id_) for id_ in facts.platforms()]
    rows = [("Region", "Zones", *(platform.id for platform in known))]
    for region in cloud.regions:
        zones = [cloud.machines.get(platform.machine_type, ()) for platform in known]
        cells = [explain_platform.letters(found, region) or "-" for found in zones]
        rows.append((region, " ".join(cloud.zones_of(region)), *cells))
    yield from aligned(rows)
    yield ""
    yield f"Below each platform: zones that had its machine type on {cloud.machines_date}; others may too."


LISTS: Mapping[str, Callable[[], Iterator[str]]] = {
    "models": models,
    "platforms": platforms,
    "releases": releases,
    "regions": regions,
}
"""The lists by the word that asks for them."""


def find(name: str) -> str | None:
    """Return the list or the page of a name, None for an unknown one.

    A name is a model, a platform, a release, a flag of vLLM, or a variable of vLLM or NCCL.
    """
    model = model_table.names().get(name)
    if name in LISTS:
        return "".join(f"{line}\n" for line in LISTS[name]())
    if model:
        from r1c.commands import explain_model

        return explain_model.page(model_table.known(model))
    if name in facts.platforms():
        return explain_platform.page(name)
    if name in vllm_releases.published():
        return explain_platform.release_page(name)
    # Only what is about flags and variables needs the rules.
    from r1c.commands import explain_flag, explain_nccl

    return explain_nccl.find(name) or explain_flag.find(name)


def names() -> tuple[str, ...]:
    """Return every name that find() has an answer for."""
    known = (*facts.models(), *facts.platforms(), *vllm_releases.published())
    variables = (*vllm_history.every_variable(), *nccl_variables.every())
    return (*LISTS, *known, *vllm_history.every_flag(), *variables)
