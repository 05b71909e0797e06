"""r1c's answers against vLLM's verdicts: a row for each profile, the table, and kinds of disagreement."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from oracle.ask import Answer

Verdict = Mapping[str, Any]
Outcome = Literal["both accept", "both refuse", "wrong accept", "wrong refusal", "policy", "not judged"]
OUTCOMES: tuple[Outcome, ...] = (
    "both accept", "both refuse", "wrong accept", "wrong refusal", "policy", "not judged",
)  # fmt: skip

_OUT_OF_SIGHT = re.compile(r"R1C[0135-9]")
"""Families of what vLLM's validation does not see: the form of a profile, the cluster, memory, the fabric,
the pods, the image, the benchmark."""
_IN_SIGHT = {"R1C303", "R1C304", "R1C309", "R1C331"}
"""Codes of these families that vLLM's configuration checks: length, share of memory, chunked prefill, swap
space.
"""
POLICY = {
    "R1C207": "ranks that are spread over nodes unevenly",
    "R1C214": "data parallel ranks that are spread over nodes unevenly",
    "R1C216": "a group whose nodes do not fit its ranks",
    "R1C401": "a version that is no release",
    "R1C405": "another spelling of a flag's name, so that one name is searched for",
    "R1C406": "a flag twice",
    "R1C407": "a flag that another field of the profile sets",
    "R1C413": "a release that r1c does not know",
    "R1C419": "an executor that the release does not have",
}
"""Codes of the other families that r1c refuses by its own rules, with what they stand for."""
_RANKS = {"R1C204", "R1C207", "R1C214", "R1C216"}
"""Codes for ranks that the GPUs of the nodes do not hold, which vLLM refuses by its world size."""
_STRICTER = (
    (r"R1C204: ", "ranks that are not as many as the group's GPUs"),
    (r"R1C421: ", "API servers on workers"),
    (r"R1C303: ", "a length that VLLM_ALLOW_LONG_MAX_MODEL_LEN forces, with wrong answers"),
    (r"R1C434: ", "a key near one of the class, which releases up to v0.15.0 drop without a word"),
    (r"R1C211: ", "speculation with pipeline stages, which ends in wrong text or with the first request"),
    (r"R1C402: ", "an abbreviation, which the parser completes, so that one name is searched for"),
    (
        r"R1C433: quantization does not",
        "an unknown method, which ModelOpt's checkpoints replace by their own",
    ),
    (r"R1C433: kv-transfer-config", "a KV connector that only the engine looks up"),
    (r"R1C433: (load-format|tokenizer-mode|model-impl)", "a loader or tokenizer that the engine looks up"),
    (r"R1C431: lora-modules", "adapters that the server loads when the engine runs"),
    (r"R1C23[05]: attention backend (FLASHMLA|CUTLASS_MLA)", "kernels that the GPU does not run"),
    (r"R1C230: kv-cache-dtype fp8_e5m2", "a cache dtype that layers refuse which need a GPU to be built"),
    (r"R1C436: VLLM_ATTENTION_BACKEND", "a misspelt backend, which releases up to v0.9.2 drop"),
    (r"R1C444: ", "adapters that only the built model refuses, where it is not built"),
    (r"R1C414: ", "a misspelt variable, with which the server would run without the setting"),
    (r"R1C436: VLLM_ALL2ALL_BACKEND", "a backend that the engine of releases up to v0.10.2 looks up"),
    (r"R1C213: enable-eplb needs", "expert balancing whose first step asserts, after the model is built"),
    (r"R1C436: VLLM_WORKER_MULTIPROC_METHOD", "a way to start processes that the engine looks up"),
    (r'R1C4(08|09|33): .*the string ""', "a flag without a value"),
    (r"R1C443: .*reads its tokenizer", "a tokenizer that this environment lacks"),
    (r"R1C212: ", "experts that do not divide: the oracle builds the first rank's model alone"),
    (r"R1C304: .*, got (-|0$)", "no memory for the KV cache, which the engine finds"),
    (r"R1C432: max-num-seqs (0|-)", "a server that never runs a request"),
    (r"R1C432: max-model-len (0|-1) is below 1", "a length without room for a prompt, in v0.11.0 and older"),
    (r"R1C432: seed ", "a seed that the worker refuses"),
    (r"R1C432: publisher in kv-events-config", "a publisher that the scheduler looks up"),
    (r"R1C432: vLLM \S+ has no FlashAttention", "a version of FlashAttention that the layers look up"),
    (r"R1C432: api-server-count (0|-)", "no server"),
    (r"R1C230: (load-format gguf|tokenizer-mode mistral)", "files that the repository does not have"),
    (r"R1C435: .* in default-mm-loras expects a string", "an adapter's path that is read with the adapter"),
    (r"R1C432: data-parallel-size -", "fewer ranks than none, which a release reads as one"),
    (
        r"R1C408: .*( has no value|expects (true or false|a JSON object|a string|one value), got)",
        "a value of another kind than the flag's, so that each has one form in every profile",
    ),
    (r'R1C408: .*the string "[0-9.]*"$', "a number in quotes, so that a number is one in every profile"),
)
"""Errors (code and message) that r1c keeps where vLLM's validation starts, with the reason."""
_LAYERS = ("attention", "model")
"""Stages in which a fault of this environment alone counts as a start: what comes before was seen."""
_BY_LAYERS = re.compile(
    r"R1C2|R1C441|R1C435: .* in hf-overrides|R1C432: (block-size|architectures)"
    r"|R1C43[123]: .*(rope.(scaling|theta)|quantization-config)"
)
"""Errors about the model's code and layers, which a fault of this environment alone may have hidden."""
_NOT_HERE = (
    "Please install", "flashinfer", "failed to tokenize", "tokenizer", "Tokenizer",
    "Logging configuration is disabled",
    "'NoneType' object is not callable", "No module named", "libcuda", "failed to be inspected",
    "Cannot find an appropriate cached snapshot folder", "does not appear to have a file named",
    "'Config' object has no attribute", "'dict' object has no attribute 'attention'",
    "Unrecognized configuration class <class 'transformers_modules", "WorkspaceManager not initialized",
    "'DeepseekV4Config' object has no attribute 'kv_lora_rank'", "nvmlDeviceGetHandleByUUID",
    "'NemotronHConfig' object has no attribute 'hybrid_override_pattern'", "preprocessor_config.json",
    "Invalid repository ID or local directory specified",
)  # fmt: skip
"""Words of a refusal that only this environment causes.

A package of the image, a model's other files (its code is an empty class here, which lacks what the published
one derives), a worker's workspace, and an attention backend that asks a DeepSeek-V4 for a field before the
real one is chosen.
"""


def out_of_sight(code: str) -> bool:
    """Tell whether a code is about something that vLLM's validation does not see, or r1c's own policy."""
    return (bool(_OUT_OF_SIGHT.match(code)) and code not in _IN_SIGHT) or code in POLICY


def kept(code: str, message: str) -> bool:
    """Tell whether r1c refuses although vLLM's validation does not, for a reason that is stated."""
    return out_of_sight(code) or any(re.match(known, f"{code}: {message}") for known, _ in _STRICTER)


@dataclass(frozen=True)
class Row:
    """A profile with r1c's answer and vLLM's verdict.

    A refusal of any of its command lines counts.
    """

    answer: Answer
    outcome: Outcome
    verdict: Verdict

    @property
    def named(self) -> bool:
        """Tell whether r1c refuses for a cause that vLLM's validation can see."""
        if "World size" in self.verdict.get("message", "") and not _RANKS.isdisjoint(self.answer.codes):
            return True
        return any(not out_of_sight(code) for code in self.answer.codes)


def rows(answers: Iterable[Answer], verdicts: Mapping[str, Verdict]) -> list[Row]:
    """Join answers with the verdicts on their command lines, by the names of these."""
    return [_row(answer, [verdicts[case.name] for case in answer.cases]) for answer in answers]


def _row(answer: Answer, found: Sequence[Verdict]) -> Row:
    broken = [verdict for verdict in found if verdict["verdict"] == "broken"]
    refused = [verdict for verdict in found if verdict["verdict"] == "refused"]
    counting = [verdict for verdict in refused if not _only_here(verdict)]
    if broken or not found:
        return Row(answer, "not judged", (broken or [{}])[0])
    if any(verdict["stage"] not in _LAYERS for verdict in refused) and not counting:
        return Row(answer, "not judged", refused[0])
    if counting:
        return Row(answer, "both refuse" if answer.errors else "wrong accept", counting[0])
    if not answer.errors:
        return Row(answer, "both accept", found[0])
    strict = [f"{code}: {message}" for code, message in answer.errors if not kept(code, message)]
    if any(verdict.get("message") for verdict in found) and all(map(_BY_LAYERS.match, strict)):
        return Row(answer, "not judged" if strict else "policy", found[0])
    return Row(answer, "wrong refusal" if strict else "policy", found[0])


def _only_here(verdict: Verdict) -> bool:
    return verdict["stage"] != "parse" and any(words in verdict["message"] for words in _NOT_HERE)


def kind(verdict: Verdict) -> str:
    """Name the kind of a refusal: its stage and message without names, numbers and quoted text."""
    text = verdict["message"]
    own = re.search(r"(?:Value|Assertion) error, (.*?)(?: \[type=|$)", text, re.S)
    text = (own[1] if own else text).partition("\n    For further")[0]
    text = re.sub(r"'[^']*'|\"[^\"]*\"|\{.*\}|\[.*?\]", "_", text[:300], flags=re.S)
    text = " ".join(re.sub(r"(?<![A-Za-z])-?\d[\d.,]*", "N", text).split())
    where = verdict["where"][-1] if not text and verdict.get("where") else ""
    return f"{verdict['stage']}, {verdict['type']}: {(text or where)[:140]}"


def table(found: Sequence[Row]) -> dict[str, int]:
    """Count the outcomes, in the order of OUTCOMES.

    Of the refusals, those with a cause that vLLM names are counted too.
    """
    counts = Counter(row.outcome for row in found)
    result: dict[str, int] = {outcome: counts[outcome] for outcome in OUTCOMES}
    result["refused with a cause"] = sum(row.outcome == "both refuse" and row.named for row in found)
    return result


def recall(counts: Mapping[str, int]) -> float:
    """Return the share of vLLM's refusals that r1c refuses for a cause that vLLM's validation sees.

    1 if vLLM refuses nothing.
    """
    refused = counts["both refuse"] + counts["wrong accept"]
    return counts["refused with a cause"] / refused if refused else 1.0


def disagreements(found: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows on which the two disagree by kind, the most frequent kind first.

    A wrong accept's kind is what vLLM says; a wrong refusal's is the code; a refusal that names another cause
    than vLLM counts under what vLLM says.
    """
    result: dict[str, list[Row]] = {}
    for row in found:
        if row.outcome == "wrong accept":
            result.setdefault(f"accepted; {kind(row.verdict)}", []).append(row)
        elif row.outcome == "both refuse" and not row.named:
            result.setdefault(f"other cause; {kind(row.verdict)}", []).append(row)
        elif row.outcome == "wrong refusal":
            for code in dict.fromkeys(code for code, said in row.answer.errors if not kept(code, said)):
                result.setdefault(f"refused; {code}", []).append(row)
    return dict(sorted(result.items(), key=lambda item: -len(item[1])))
