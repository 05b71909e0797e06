pip install -U pip "vllm==0.8.1"
vllm serve Qwen/Qwen3-32B --reasoning-parser qwen3
