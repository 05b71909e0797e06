uv pip install --pre -U vllm
vllm serve Qwen/Qwen3-32B --disable-log-requests --swap-space 4
