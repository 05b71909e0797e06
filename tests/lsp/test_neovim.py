"""The configuration of docs/editors.md in a real Neovim without a window."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
OLDEST = (0, 11)
FAULTY = (REPO / "profiles" / "a3mega.yaml").read_text().replace("max-num-seqs", "max-num-seq")


def _version() -> tuple[int, ...]:
    if not shutil.which("nvim"):
        return (0,)
    said = subprocess.run(["nvim", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"NVIM v(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else (0,)


def _configuration() -> str:
    text = (REPO / "docs" / "editors.md").read_text()
    found = re.search(r"```lua\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1]


SESSION = """
local said = {}
local function wait(what, done)
  if not vim.wait(60000, done, 20) then error('no ' .. what) end
end
local function errors()
  return vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
end
local function ask(method, line, column)
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(),
    position = { line = line, character = column },
  }
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 60000) or {}) do
    return answer.result
  end
end
local function line_of(text) return vim.fn.search(text, 'nw') - 1 end

vim.cmd.edit('profile.yaml')
wait('diagnostics', function() return #errors() > 0 end)
local fault = errors()[1]
said.fault = { fault.lnum, fault.col, fault.code, fault.message }
said.hover = ask('textDocument/hover', line_of('gpu-memory-utilization'), 8).contents.value
said.platforms = vim.tbl_map(
  function(item) return item.label end,
  ask('textDocument/completion', line_of('platform:'), 12)
)
said.outline = vim.tbl_map(
  function(item) return item.name end,
  ask('textDocument/documentSymbol', 0, 0)
)
vim.api.nvim_win_set_cursor(0, { fault.lnum + 1, fault.col })
vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.kind == 'quickfix' end })
wait('fix', function() return #errors() == 0 end)
said.fixed = vim.api.nvim_get_current_line()

vim.cmd.write()
vim.cmd.edit('child.yaml')
wait('server', function() return #vim.lsp.get_clients({ bufnr = 0 }) > 0 end)
vim.api.nvim_win_set_cursor(0, { 3, 12 })
vim.lsp.buf.definition()
wait('definition', function() return vim.fn.expand('%:t') == 'profile.yaml' end)
said.definition = vim.fn.expand('%:t')
vim.lsp.stop_client(vim.lsp.get_clients())
wait('end', function() return #vim.lsp.get_clients() == 0 end)
vim.fn.writefile({ vim.json.encode(said) }, 'said.json')
vim.cmd.quitall({ bang = true })
"""


@pytest.mark.skipif(_version() < OLDEST, reason="needs nvim 0.11 or newer on PATH")
def test_the_documented_configuration_works_in_neovim(tmp_path: Path) -> None:
    own, work = tmp_path / "bin", tmp_path / "work"
    own.mkdir()
    work.mkdir()
    command = own / "r1c"
    command.write_text(f'#!/bin/sh\nPYTHONPATH="{REPO}/compiler" exec "{sys.executable}" -m r1c "$@"\n')
    command.chmod(0o755)
    (tmp_path / "init.lua").write_text(_configuration())
    (tmp_path / "session.lua").write_text(SESSION)
    (work / "profile.yaml").write_text(FAULTY)
    (work / "child.yaml").write_text("apiVersion: r1c.dev/v1alpha1\nkind: Recipe\nextends: profile.yaml\n")
    own_home = {name: str(tmp_path) for name in ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    done = subprocess.run(
        ["nvim", "--headless", "-u", str(tmp_path / "init.lua"), "-l", str(tmp_path / "session.lua")],
        cwd=work,
        env={**os.environ, **own_home, "PATH": f"{own}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads((work / "said.json").read_text())
    assert said["fault"] == [
        14,
        6,
        "R1C402",
        "vLLM v0.7.3 has no flag max-num-seq\nhelp: did you mean max-num-seqs?",
    ]
    assert said["hover"].startswith(
        "--gpu-memory-utilization\nFlag of `vllm serve` in vLLM v0.7.3\nValue         number\n"
    )
    assert "a3-ultra" in said["platforms"]
    assert said["outline"] == ["apiVersion", "kind", "metadata", "spec"]
    assert said["fixed"] == "      max-num-seqs: 128"
    assert said["definition"] == "profile.yaml"
    assert (work / "profile.yaml").read_text() == FAULTY.replace("max-num-seq", "max-num-seqs")
