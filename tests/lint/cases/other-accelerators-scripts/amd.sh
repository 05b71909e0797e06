VLLM_ROCM_USE_AITER=1 vllm serve Qwen/Qwen3-32B -tp 6
