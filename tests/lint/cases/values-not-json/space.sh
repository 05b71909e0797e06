vllm serve Qwen/Qwen3-32B --max-model-len 4096 \
  -tp 4
