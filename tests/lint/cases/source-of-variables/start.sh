source .env
vllm serve "${MODEL:-Qwen/Qwen3-32B}" -tp ${TP:-6}
vllm serve Qwen/Qwen3-8B -tp 6
