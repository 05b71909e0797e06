"""Declares the commands that make a profile: init, import helm and import manifest."""

from __future__ import annotations

import click

from r1c import completion, manual
from r1c.cli.parts import Decorated, Group, action, common


@click.command("init", cls=manual.Command)
@click.argument("name", required=False, metavar="[NAME]")
@click.option(
    "--platform", metavar="P", help="Machines of the nodes. [a3-mega]", shell_complete=completion.platforms
)
@click.option(
    "--model", metavar="M", help="The model, by its Hugging Face id.", shell_complete=completion.models
)
@click.option(
    "--vllm",
    metavar="V",
    help="The vLLM release. [the newest that r1c knows]",
    shell_complete=completion.releases,
)
@click.option("-o", "--output", metavar="FILE", help="Write a new file; one that is there is kept.")
@common
@action
def init() -> None:
    """Print a starter profile for a platform and a model.

    Flags, parallelism and nodes come from what r1c knows: the smallest group that the model fits on, with
    the newest vLLM release. What only you know (project, cluster, registry, bucket) is left open, and
    `r1c check` asks for it by name. On a terminal and without arguments, it asks, and checks each answer.

    \b
    Arguments:
      NAME  Name of the recipe. Default: from the model and the platform.

    \b
    Examples:
      r1c init
      r1c init my-recipe --platform a3-ultra --model Qwen/Qwen3-32B -o profiles/my-recipe.yaml
    """


@click.group("import", cls=Group)
@common
def import_() -> None:
    """Make a profile from what you run today.

    The profile goes to standard output. What is not carried, what is left to fill in, and what is wrong with
    the source go to standard error.

    \b
    Example:
      r1c import helm values.yaml --set clusterName=my-cluster > profiles/my-recipe.yaml
    """


def asked(command: Decorated) -> Decorated:
    """Give a command the options for what its source does not say."""
    options = (
        click.option("--region", metavar="R", help="Region of the cluster."),
        click.option("--cluster", metavar="C", help="Name of the cluster."),
        click.option("--project", metavar="ID", help="Google Cloud project of the cluster."),
        click.option(
            "--platform",
            metavar="P",
            help="Machines of the nodes. [as the source says]",
            shell_complete=completion.platforms,
        ),
        click.option("--name", metavar="NAME", help="Name of the recipe; that of the Helm release."),
    )
    for option in options:
        command = option(command)
    return command


@import_.command("helm")
@click.argument("files", nargs=-1, required=True, metavar="VALUES...", shell_complete=completion.profiles)
@click.option("--set", "settings", multiple=True, metavar="K=V", help="A value, as `helm install --set`.")
@click.option(
    "--set-file", "file_settings", multiple=True, metavar="K=FILE", help="As `helm install --set-file`."
)
@asked
@common
@action
def import_helm() -> None:
    """Make a profile from the Helm values of gpu-recipes.

    Takes the values files and --set arguments of the vLLM charts for A3 Mega, A3 Ultra and A4. Every value is
    carried into the profile, or named with the reason why not.

    \b
    Arguments:
      VALUES  Values files in the order of `helm install -f`; - for standard input.

    \b
    Exit status:
      1  the values or the profile that they come to have errors

    \b
    Example:
      r1c import helm values.yaml --set job.image.tag=v0.7.3 --project my-project --region us-central1
    """


@import_.command("manifest")
@click.argument("file", metavar="FILE", shell_complete=completion.profiles)
@asked
@common
@action
def import_manifest() -> None:
    """Make a profile from a LeaderWorkerSet with vLLM in it.

    Reads the flags from the command, networks, images and volumes from the pod template, and type and port
    from its Service, if it is in the file too. A Deployment of one node is read the same way.

    \b
    Arguments:
      FILE  YAML or JSON with the objects, or - for standard input.

    \b
    Exit status:
      1  the manifest or the profile that it comes to has errors

    \b
    Example:
      kubectl get leaderworkerset my-server -o yaml | r1c import manifest -
    """
