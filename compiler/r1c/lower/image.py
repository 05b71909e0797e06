"""The Cloud Build context: cloudbuild.yaml, the Dockerfile, and the script that forms a Ray group."""

from __future__ import annotations

from r1c import facts
from r1c.facts import bench_client, vllm
from r1c.lower.bundle import Manifest, Text
from r1c.lower.templates import render
from r1c.resolve.plan import Plan
from r1c.resolve.rendezvous import FORMING_SECONDS


def files(plan: Plan) -> list[Manifest | Text]:
    """Return the files of image/. The script comes only with the executor that calls it."""
    result: list[Manifest | Text] = [cloudbuild(plan), dockerfile(plan)]
    if plan.server.executor == "ray":
        result.append(Text("image/ray_init.sh", render("ray_init.sh.j2", timeout=FORMING_SECONDS)))
    return result


def cloudbuild(plan: Plan) -> Manifest:
    """Return the Cloud Build config; gpu-recipes passes these values on the command line."""
    build = {
        "steps": [
            {
                "id": "build",
                "name": "gcr.io/cloud-builders/docker",
                "args": ["build", f"--tag={plan.image.tagged}", "."],
            }
        ],
        "images": [plan.image.tagged],
        "timeout": plan.build.timeout,
        "options": {
            "machineType": plan.build.machine_type.upper().replace("-", "_"),
            "diskSizeGb": plan.build.disk_size_gb,
        },
    }
    return Manifest("image/cloudbuild.yaml", (build,))


def dockerfile(plan: Plan) -> Text:
    """Return the Dockerfile: the version's official image, and what that image lacks of this recipe's needs.

    An image that lacks nothing is built all the same, unchanged: the nodes then pull it from the registry of
    their own project, under a tag that only the project changes.
    """
    release, ray = plan.server.release, plan.server.executor == "ray"
    client = bench_client.client(release)
    packages = [*vllm.downloads(release)[1], *client.packages]
    if ray and not vllm.ray_in_image(release):
        packages.append(facts.defaults().ray)
    content = render(
        "Dockerfile.j2",
        version=plan.server.version,
        workdir=vllm.workdir(),
        packages=packages,
        benchmarks=client.kind == "script" and not vllm.benchmarks_in_image(release),
        ray=ray,
    )
    return Text("image/Dockerfile", content)
