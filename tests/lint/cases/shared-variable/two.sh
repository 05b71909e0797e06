export VLLM_LOGING_LEVEL=DEBUG
vllm serve Qwen/Qwen3-32B --port 8000 &
vllm serve Qwen/Qwen3-8B --port 8001
