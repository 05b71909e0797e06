"""The codes of lint alone: in a profile, the number of GPUs always follows from the ranks."""

from __future__ import annotations

from r1c.diagnostics import Code, Severity

FEWER_GPUS = Code(
    "R1C240",
    "fewer-gpus-than-ranks",
    Severity.ERROR,
    "Fewer GPUs than the server has ranks",
    "Each rank takes a GPU. With fewer, vLLM exits, or Ray waits forever for a placement group "
    "(vllm-project/vllm#13909, #13388; evidence.md, PAR004, PAR005).",
    "args: [--tensor-parallel-size, '8']\nresources:\n  limits: {nvidia.com/gpu: 4}\n",
    "Give the server a GPU for each rank, or lower the parallel sizes.",
)
IDLE_GPUS = Code(
    "R1C241",
    "gpus-without-a-rank",
    Severity.WARNING,
    "More GPUs than the server has ranks",
    "GPUs without a rank stay idle; no other pod can use those of a pod (evidence.md, PAR004).",
    "args: [--tensor-parallel-size, '4']\nresources:\n  limits: {nvidia.com/gpu: 8}\n",
    "Raise the parallel sizes, or give the server fewer GPUs.",
)
