"""The seals of recipes that are up to date: whatever is in them, the output is that of a compile without.

About 10 s.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r1c import seal
from r1c.cli import main
from r1c.commands.job import Job
from r1c.neighbours import MARKS, marks
from r1c.pipeline import analyse
from r1c.seal import FOLDER

BASE = (Path(__file__).parent / "base.yaml").read_text(encoding="utf-8")
OTHER = BASE.replace("max-num-seqs: 128", "max-num-seqs: 64")
CHILD = "extends: above/parent.yaml\nmetadata:\n  name: child\n"

LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "torch_dtype": "bfloat16",
}

Tree = dict[str, bytes | str]
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a profile and its output, sealed."""
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(BASE, encoding="utf-8")
    assert main(["-q", "compile", "base.yaml"]) == 0
    return tmp_path


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The profiles that were compiled in full."""
    from r1c.commands import recipe

    found: list[str] = []
    real = recipe.compiled

    def noted(job: Job, *rest: object, **named: object) -> object:
        found.append(job.path)
        return real(job, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(recipe, "compiled", noted)
    return found


def copied(place: Path, to: Path) -> Path:
    """Copy a directory with all that is in it, pipes too, but without the seals."""
    subprocess.run(["cp", "-a", place, to], check=True)
    seals = to / "out" / FOLDER
    if seals.is_dir() and not seals.is_symlink():
        shutil.rmtree(seals)
    else:
        seals.unlink(missing_ok=True)
    return to


def tree(place: Path) -> Tree:
    """Return what is below a directory, but for the seals."""
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        if path.is_file() and not path.is_symlink()
        else f"link to {path.readlink()}"
        if path.is_symlink()
        else "other"
        for path in sorted(place.rglob("*"))
        if FOLDER not in path.parts
    }


def said(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    streams = capsys.readouterr()
    return status, streams.out, streams.err


def assert_as_without_seals(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    """Compile twice, here and in a copy without seals: the same is said, and the same is there afterwards."""
    place = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        copy = copied(place, Path(folder, "copy"))
        os.chdir(copy)
        expected = said(capsys, "compile", *arguments)
        os.chdir(place)
        found = said(capsys, "compile", *arguments)
        assert (found, tree(place)) == (expected, tree(copy))
    return found


# What a seal is for


def test_a_recipe_that_is_up_to_date_is_not_compiled_and_nothing_is_touched(
    here: Path, capsys: Capture, pages: list[str]
) -> None:
    def times() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in here.rglob("*")}

    before = times()
    assert said(capsys, "compile", "base.yaml") == (0, "out/base: unchanged\n", "")
    assert pages == []
    assert times() == before


def test_what_compiles_is_not_even_imported() -> None:
    code = (
        "import sys; from r1c.cli import main; status = main(['compile', 'base.yaml']);"
        "print(sorted({'click', 'json', 'pathlib', 'r1c.pipeline', 'r1c.source'} & sys.modules.keys()))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(seal.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "out/base: unchanged\n[]\n"


@pytest.mark.parametrize("option", ["--check", "--dry-run", "--force", "-o-"])
def test_no_other_compile_looks_at_a_seal_or_makes_one(option: str, here: Path, pages: list[str]) -> None:
    assert main(["compile", "base.yaml", option]) == 0
    assert pages == ["base.yaml"]
    shutil.rmtree(here / "out" / FOLDER)
    main(["compile", "base.yaml", option])
    assert not (here / "out" / FOLDER).exists()


def test_a_seal_says_what_it_covers_and_git_passes_it_over(here: Path) -> None:
    folder = here / "out" / FOLDER
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "base"]
    assert (folder / ".gitignore").read_text() == "*\n"
    first, profile, digest, *rest, end = (folder / "base").read_text().split("\n")
    assert (first, len(digest), end) == ("r1c seal 3", 64, "")
    assert profile == hashlib.sha256((here / "base.yaml").read_bytes()).hexdigest()
    files = [path for path in (here / "out" / "base").rglob("*") if path.is_file()]
    plan = analyse("base.yaml", BASE.encode()).plan
    assert plan
    assert rest[-MARKS:] == [f"= {mark:x}" for mark in marks(plan)]
    assert rest[:-MARKS] == sorted(
        f"> {path.relative_to(here / 'out' / 'base').as_posix()}" for path in files
    )


def test_of_many_profiles_those_that_changed_are_compiled(
    here: Path, capsys: Capture, pages: list[str]
) -> None:
    (here / "many").mkdir()
    for number in range(20):
        text = BASE.replace("name: base", f"name: recipe-{number:02}")
        (here / "many" / f"{number:02}.yaml").write_text(text, encoding="utf-8")
    main(["-q", "compile", "many"])
    pages.clear()
    for number in (3, 11):
        path = here / "many" / f"{number:02}.yaml"
        path.write_text(path.read_text().replace("max-num-seqs: 128", "max-num-seqs: 64"), encoding="utf-8")
    (here / "many" / "07.yaml").write_text("kind: Recipe\n", encoding="utf-8")
    status, out, err = assert_as_without_seals(capsys, "many", "--jobs", "1")
    assert status == 1
    assert "7.yaml" in err
    assert out.count(": unchanged\n") == 17
    assert out.index("out/recipe-02: unchanged") < out.index("out/recipe-03: 3 files updated")
    assert out.index("out/recipe-03: 3 files updated") < out.index("out/recipe-04: unchanged")
    assert pages[-3:] == ["many/03.yaml", "many/07.yaml", "many/11.yaml"]


def test_two_profiles_of_one_name_are_refused_though_the_recipe_is_sealed(
    here: Path, capsys: Capture
) -> None:
    (here / "again.yaml").write_text(BASE, encoding="utf-8")
    status, out, err = assert_as_without_seals(capsys, "base.yaml", "again.yaml")
    assert (status, out) == (1, "")
    assert "error[R1C902]: the name base is also that of again.yaml" in err


def test_a_name_that_is_not_known_at_a_look_is_compiled(
    here: Path, capsys: Capture, pages: list[str]
) -> None:
    (here / "base.yaml").write_text(BASE.replace("name: base", 'name: "base"'), encoding="utf-8")
    for _ in range(2):
        assert assert_as_without_seals(capsys, "base.yaml") == (0, "out/base: unchanged\n", "")
    assert len(pages) == 4


def test_a_profile_with_a_diagnostic_is_not_sealed(here: Path, capsys: Capture, pages: list[str]) -> None:
    text = BASE.replace("max-num-seqs: 128", "max-num-seqs: 100000")
    (here / "base.yaml").write_text(text, encoding="utf-8")
    first = assert_as_without_seals(capsys, "base.yaml")
    again = assert_as_without_seals(capsys, "base.yaml")
    assert (first[0], again[:2]) == (0, (0, "out/base: unchanged\n"))
    assert first[2] == again[2] != ""
    assert len(pages) == 4


def test_the_seal_of_a_recipe_that_is_gone_goes_with_the_next_compile(here: Path) -> None:
    folder = here / "out" / FOLDER
    (here / "b.yaml").write_text(BASE.replace("name: base", "name: b"), encoding="utf-8")
    (folder / "notes").write_text("mine\n", encoding="utf-8")
    main(["-q", "compile", "b.yaml"])
    shutil.rmtree(here / "out" / "base")
    main(["-q", "compile", "b.yaml"])
    assert (folder / "base").exists()
    main(["-q", "compile", "b.yaml", "--force"])
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "b", "notes"]


# What makes a seal void


def edit(path: str) -> Callable[[], object]:
    return lambda: Path(path).write_bytes(Path(path).read_bytes() + b"#\n")


def remove(path: str) -> Callable[[], None]:
    return lambda: Path(path).unlink()


def replace(path: str, make: Callable[[Path], object]) -> Callable[[], None]:
    def done() -> None:
        Path(path).unlink()
        make(Path(path))

    return done


def linked_folder() -> None:
    Path("out/base/image").rename("elsewhere")
    Path("out/base/image").symlink_to("../../elsewhere")


def linked_output() -> None:
    Path("out/base").rename("moved")
    Path("out/base").symlink_to("../moved")


def edit_with_matching_lock() -> None:
    import hashlib

    place, lock = Path("out/base/service.yaml"), Path("out/base/.r1c.lock.json")
    old = hashlib.sha256(place.read_bytes()).hexdigest()
    edit(str(place))()
    new = hashlib.sha256(place.read_bytes()).hexdigest()
    lock.write_text(lock.read_text().replace(old, new))


SERVICE = "out/base/service.yaml"
CHANGES = {
    "the profile": lambda: Path("base.yaml").write_text(OTHER),
    "a comment in the profile": edit("base.yaml"),
    "an output file": edit(SERVICE),
    "an output file and its digest in the lock": edit_with_matching_lock,
    "the lock": edit("out/base/.r1c.lock.json"),
    "no lock": remove("out/base/.r1c.lock.json"),
    "an emptied lock": lambda: Path("out/base/.r1c.lock.json").write_bytes(b""),
    "an output file removed": remove("out/base/image/Dockerfile"),
    "an output file cut short": lambda: Path(SERVICE).write_bytes(Path(SERVICE).read_bytes()[:9]),
    "a link in its place": replace(SERVICE, lambda path: path.symlink_to("kustomization.yaml")),
    "a link to outside": replace(SERVICE, lambda path: path.symlink_to("/etc/hostname")),
    "a folder in its place": replace(SERVICE, lambda path: path.mkdir()),
    "a pipe in its place": replace(SERVICE, os.mkfifo),
    "a linked folder": linked_folder,
    "no output": lambda: shutil.rmtree("out/base"),
    "a linked output": linked_output,
    "what a killed compile left": lambda: Path("out/base/image/.Dockerfile.r1c-new").write_text("FR"),
    "a folder of that name": lambda: Path("out/base/.service.yaml.r1c-new").mkdir(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_is_seen(change: Callable[[], object], capsys: Capture, pages: list[str]) -> None:
    change()
    assert_as_without_seals(capsys, "base.yaml")
    assert pages == ["base.yaml", "base.yaml"]
    if Path("out/base").is_dir():
        assert_as_without_seals(capsys, "base.yaml")


HARMLESS = {
    "a secret beside the output": lambda: Path("out/base/hf-secret.env").write_text("hf_api_token=x\n"),
    "a person's folder": lambda: Path("out/base/overlay").mkdir(),
    "another mode": lambda: Path(SERVICE).chmod(0o600),
    "another time": lambda: os.utime(SERVICE, (1, 1)),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_is_nobodys_business_leaves_the_seal_whole(
    change: Callable[[], object], capsys: Capture, pages: list[str]
) -> None:
    change()
    assert assert_as_without_seals(capsys, "base.yaml") == (0, "out/base: unchanged\n", "")
    assert pages == ["base.yaml"]


def test_a_profile_is_sealed_with_those_that_it_extends(
    here: Path, capsys: Capture, pages: list[str]
) -> None:
    (here / "above").mkdir()
    (here / "above" / "parent.yaml").write_text(BASE, encoding="utf-8")
    (here / "child.yaml").write_text(CHILD, encoding="utf-8")
    main(["-q", "compile", "child.yaml"])
    assert "< above/parent.yaml\n" in (here / "out" / FOLDER / "child").read_text()
    pages.clear()
    assert said(capsys, "compile", "child.yaml") == (0, "out/child: unchanged\n", "")
    assert pages == []
    (here / "above" / "parent.yaml").write_text(OTHER, encoding="utf-8")
    status, out, _ = assert_as_without_seals(capsys, "child.yaml")
    assert status == 0
    assert out == "out/child: 3 files updated\n"
    (here / "above" / "parent.yaml").unlink()
    assert assert_as_without_seals(capsys, "child.yaml")[0] == 1


def test_a_profile_is_sealed_with_the_config_of_its_model(
    here: Path, capsys: Capture, pages: list[str]
) -> None:
    config = json.dumps(LLAMA)
    text = BASE.replace("deepseek-ai/DeepSeek-R1", "my-org/my-model\n    config: config.json")
    text = text.replace("pipeline: 2", "pipeline: 1").replace("nodes: 2", "nodes: 1")
    (here / "base.yaml").write_text(text, encoding="utf-8")
    (here / "config.json").write_text(config, encoding="utf-8")
    main(["-q", "compile", "base.yaml"])
    assert "< config.json\n" in (here / "out" / FOLDER / "base").read_text()
    pages.clear()
    assert said(capsys, "compile", "base.yaml") == (0, "out/base: unchanged\n", "")
    assert pages == []
    (here / "config.json").write_text(config.replace("128256", "128512"), encoding="utf-8")
    assert_as_without_seals(capsys, "base.yaml")
    assert len(pages) == 2
    (here / "config.json").write_text(config.replace(": 32,", ": 33,"), encoding="utf-8")
    assert assert_as_without_seals(capsys, "base.yaml")[0] == 1


# Seals that nobody made, or that something broke


def poison_with(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def of_another_profile(path: Path) -> None:
    Path("other.yaml").write_text(OTHER.replace("name: base", "name: other"))
    main(["-q", "compile", "other.yaml"])
    shutil.copy(path.with_name("other"), path)


def of_another_r1c(_: Path) -> None:
    """A seal that was made while some file of r1c, or a package, was another."""
    real = seal._r1c
    try:
        seal._r1c = lambda: b"\0" * 32  # type: ignore[assignment]
        Path("base.yaml").write_text(OTHER)
        main(["-q", "compile", "base.yaml"])
    finally:
        seal._r1c = real


def without_a_file(path: Path) -> None:
    path.write_text(path.read_text().replace("> service.yaml\n", ""))
    Path(SERVICE).unlink()


def with_a_foreign_file(path: Path) -> None:
    path.write_text(path.read_text() + "> ../../base.yaml\n> /etc/passwd\n")


def with_a_pipe_beside_the_profile(path: Path) -> None:
    os.mkfifo("pipe")
    first, digest, rest = path.read_text().split("\n", 2)
    path.write_text(f"{first}\n{digest}\n< pipe\n{rest}")


def linked(path: Path) -> None:
    path.rename("kept")
    path.symlink_to("../../kept")


def swapped_folder(path: Path) -> None:
    path.parent.rename("seals")
    path.parent.symlink_to("../seals")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def pipe_for_the_next(path: Path) -> None:
    path.unlink()
    os.mkfifo(path.with_name(".base.r1c-new"))


def file_for_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.write_text("mine")


def linked_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nothing")


POISONS: dict[str, Callable[[Path], object]] = {
    "empty": poison_with(b""),
    "garbage": poison_with(b"\xff\x00\n" * 100),
    "lines": poison_with(b"r1c seal 1\n\n\n"),
    "another form": poison_with(b"r1c seal 2\n" + b"0" * 64 + b"\n"),
    "zeros": poison_with(b"r1c seal 1\n" + b"0" * 64 + b"\n"),
    "huge": poison_with(b"r1c seal 1\n" + b"> service.yaml\n" * 100_000),
    "half": lambda path: path.write_bytes(path.read_bytes()[:300]),
    "of another profile": of_another_profile,
    "of another r1c": of_another_r1c,
    "without a file": without_a_file,
    "with a foreign file": with_a_foreign_file,
    "with a pipe": with_a_pipe_beside_the_profile,
    "a folder": folder,
    "a pipe": pipe,
    "a pipe for the next": pipe_for_the_next,
    "a file for the folder": file_for_the_folder,
    "a link": linked,
    "a link that leads nowhere": linked_to_nothing,
    "a linked folder": swapped_folder,
    "nothing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("profile", ["the same profile", "another profile"])
@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
def test_a_poisoned_seal_changes_nothing(
    poison: Callable[[Path], object], profile: str, here: Path, capsys: Capture
) -> None:
    poison(here / "out" / FOLDER / "base")
    if profile == "another profile":
        Path("base.yaml").write_text(OTHER)
    for _ in range(2):
        assert_as_without_seals(capsys, "base.yaml")
    assert main(["-q", "compile", "base.yaml", "--check"]) == 0


def test_the_digest_of_r1c_changes_with_each_of_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "r1c"
    shutil.copytree(Path(seal.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(seal, "__file__", str(package / "seal.py"))
    digest = seal._r1c.__wrapped__
    found = {digest()}
    assert digest() in found
    for path in ("rules/memory.py", "facts/tables/models.json", "kustomize_schema.json"):
        (package / path).write_bytes((package / path).read_bytes() + b" ")
        found.add(digest())
    (package / "new.py").write_text("")
    found.add(digest())
    (package / "new.py").rename(package / "newer.py")
    found.add(digest())
    monkeypatch.setattr(sys, "version", "another")
    found.add(digest())
    assert len(found) == 7


def test_where_no_seal_can_be_written_nothing_is_said(here: Path, capsys: Capture) -> None:
    shutil.rmtree(here / "out" / FOLDER)
    (here / "out" / FOLDER).write_text("mine\n")
    assert said(capsys, "compile", "base.yaml") == (0, "out/base: unchanged\n", "")
    assert (here / "out" / FOLDER).read_text() == "mine\n"


@given(st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_bytes_changed_anywhere_give_what_a_compile_without_seals_gives(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, "first"), Path(folder, "second")
        subprocess.run(["cp", "-a", ".", first], check=True)
        files = sorted(path for path in first.rglob("*") if path.is_file())
        for _ in range(data.draw(st.integers(1, 3))):
            path = data.draw(st.sampled_from(files))
            content = bytearray(path.read_bytes())
            at = data.draw(st.integers(0, max(0, len(content) - 1)))
            content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
            path.write_bytes(content)
        copied(first, second)
        results = []
        home = Path.cwd()
        for place in (first, second):
            os.chdir(place)
            try:
                results.append((main(["-q", "compile", "base.yaml"]), tree(place)))
            finally:
                os.chdir(home)
        assert results[0] == results[1]
