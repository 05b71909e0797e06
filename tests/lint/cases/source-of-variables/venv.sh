source .venv/bin/activate
eval "$(conda shell.bash hook)"
vllm serve "${MODEL:-Qwen/Qwen3-32B}" -tp ${TP:-6}
