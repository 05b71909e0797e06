"""Commands that take several profiles take all of the repository's, by its r1c.yaml, where none is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from r1c.cli import main
from r1c.cli.declaration import Command
from r1c.cli.table import R1C

REPO = Path(__file__).resolve().parents[2]
RECIPE = REPO / "examples" / "deepseek-r1.yaml"
NO_R1C_YAML = (
    "r1c: name a profile or a directory of profiles; without one, r1c takes the profiles of the nearest "
    "r1c.yaml, but there is none in this directory or above it\n"
)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository whose r1c.yaml has the profiles of two environments in recipes/."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "r1c.yaml").write_text(
        "apiVersion: r1c.dev/v1alpha1\nkind: Repository\nspec:\n  profiles: recipes\n  output: made\n",
        "utf-8",
    )
    for environment in ("dev", "prod"):
        (tmp_path / "recipes" / environment).mkdir(parents=True)
        profile = (
            RECIPE.read_text("utf-8").replace("my-cluster", environment).replace("my-b", f"{environment}-b")
        )
        (tmp_path / "recipes" / environment / "r1.yaml").write_text(profile, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("repository")
def test_compile_check_and_diff_take_all_profiles(capsys: Capture) -> None:
    assert main(["compile"]) == 0
    assert capsys.readouterr().out == (
        "made/dev/deepseek-r1: 14 files created; next: read made/dev/deepseek-r1/RUNBOOK.md\n"
        "made/prod/deepseek-r1: 14 files created; next: read made/prod/deepseek-r1/RUNBOOK.md\n"
    )
    assert main(["check"]) == 0
    assert capsys.readouterr().out == "2 profiles checked, no faults found\n"
    assert main(["diff"]) == 0
    assert capsys.readouterr().out == "2 recipes: no difference\n"


def test_a_folder_below_r1c_yaml_has_the_same_profiles(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(repository / "recipes" / "dev")
    assert main(["compile"]) == 0
    assert sorted(path.name for path in (repository / "made").iterdir()) == ["dev", "prod"]
    assert capsys.readouterr().out.startswith("../../made/dev/deepseek-r1: 14 files created")


def test_a_link_beside_its_profile_is_no_second_one(repository: Path, capsys: Capture) -> None:
    (repository / "recipes" / "dev" / "latest.yaml").symlink_to("r1.yaml")
    (repository / "recipes" / "stage").mkdir()
    (repository / "recipes" / "stage" / "r1.yaml").symlink_to("../dev/r1.yaml")
    assert main(["compile", "-q"]) == 0
    capsys.readouterr()
    # A link in another folder is the same profile in another environment.
    assert sorted(path.name for path in (repository / "made").iterdir()) == ["dev", "prod", "stage"]


@pytest.mark.usefixtures("repository")
def test_preflight_takes_them_too(capsys: Capture) -> None:
    assert main(["preflight"]) == 0
    assert "deepseek-r1" in capsys.readouterr().out


def test_every_command_that_takes_several_profiles_does() -> None:
    taking = [command.name for command in R1C.commands if isinstance(command, Command) and _unset(command)]
    assert taking == ["compile", "check", "diff", "report", "preflight"]
    several = [
        command.name
        for command in R1C.commands
        if isinstance(command, Command) and any(one.metavar == "[PROFILE...]" for one in command.arguments)
    ]
    assert set(several) | {"diff"} == set(taking)


def _unset(command: Command) -> bool:
    return any(argument.unset for argument in command.arguments)


@pytest.mark.usefixtures("repository")
def test_words_that_click_reads_give_the_same(capsys: Capture) -> None:
    """`--` is left to click."""
    assert main(["check", "--"]) == 0
    assert capsys.readouterr().out == "2 profiles checked, no faults found\n"


@pytest.mark.parametrize("command", ["check", "compile", "diff", "preflight", "report -o page.html"])
def test_without_an_r1c_yaml_a_profile_is_asked_for(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(command.split()) == 2
    assert capsys.readouterr() == ("", NO_R1C_YAML)


@pytest.mark.parametrize("command", ["plan", "secret", "upgrade"])
@pytest.mark.usefixtures("repository")
def test_a_command_for_one_profile_needs_it(command: str, capsys: Capture) -> None:
    assert main([command]) == 2
    assert "Error: Missing argument 'PROFILE'." in capsys.readouterr().err


@pytest.mark.usefixtures("repository")
def test_a_faulty_r1c_yaml_is_reported(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "r1c.yaml").write_text("apiVersion: r1c.dev/v1alpha1\nkind: Repository\nspec: {profles: x}\n")
    assert main(["check"]) == 1
    assert "unknown field profles in spec" in capsys.readouterr().err
