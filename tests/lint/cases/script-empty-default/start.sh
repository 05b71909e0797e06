LENGTH="${LENGTH:-}"
vllm serve Qwen/Qwen3-32B --tensor-parallel-size "${SIZE:-}" --max-model-len "$LENGTH" --block-size ${BLOCK-}
