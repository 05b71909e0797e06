vllm serve Qwen/Qwen3-32B -tp 7
