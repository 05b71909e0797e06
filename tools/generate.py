"""Rebuilds every generated file of the repository: fact tables, schemas, pages and out/.

`python tools/generate.py` writes them; with --check it writes nothing, names what is out of date, and exits
1.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import architecture
import cli_page
import docs
import kustomize_files
import pictures
import sbom
import support_page
import templates

from r1c.profile.schema import recipe_schema
from r1c.repository.schema import repository_schema

REPO = Path(__file__).resolve().parent.parent


def stale_text(path: Path, text: str, *, check: bool) -> list[str]:
    """Write a generated text, or compare it; return the path if it was out of date."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return []
    if not check:
        path.write_text(text, encoding="utf-8")
    return [str(path.relative_to(REPO))]


def main() -> int:
    """Rebuild or compare everything, facts first: the rest is made from them."""
    check = "--check" in sys.argv[1:]
    flag = ["--check"] if check else []
    tables = [sys.executable, "tools/fact_tables.py", *flag]
    failed = ["facts/tables/"] if subprocess.run(tables, cwd=REPO, check=False).returncode else []
    stale = []
    for name, text in kustomize_files.texts().items():
        stale += stale_text(kustomize_files.FOLDER / name, text, check=check)
    stale += stale_text(templates.TARGET, templates.module(), check=check)
    stale += stale_text(sbom.TARGET, sbom.document(), check=check)
    stale += stale_text(architecture.TARGET, architecture.page(), check=check)
    filled = architecture.filled(architecture.PAGE.read_text(encoding="utf-8"))
    stale += stale_text(architecture.PAGE, filled, check=check)
    stale += stale_text(REPO / "schemas" / "recipe.schema.json", recipe_schema(), check=check)
    stale += stale_text(REPO / "schemas" / "repository.schema.json", repository_schema(), check=check)
    stale += stale_text(REPO / "docs" / "profile.md", docs.page(), check=check)
    stale += stale_text(REPO / "docs" / "cli.md", cli_page.page(), check=check)
    for target, text in pictures.pages():
        stale += stale_text(target, text, check=check)
    stale += stale_text(support_page.TARGET, support_page.page(), check=check)
    readme = support_page.filled(support_page.README.read_text(encoding="utf-8"))
    stale += stale_text(support_page.README, readme, check=check)
    stale += stale_text(REPO / "RULES.md", docs.rules(), check=check)
    compile_ = [sys.executable, "-m", "r1c", "compile", "profiles", "--quiet", "--strict", *flag]
    if subprocess.run(compile_, cwd=REPO, check=False).returncode:
        failed.append("out/")
    if stale:
        print("out of date:" if check else "written:", *stale)
    if check and (stale or failed):
        print("run `python tools/generate.py` (or bin/test --update) and review the difference", *failed)
    return 1 if failed or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
