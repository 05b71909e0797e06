docker run --gpus all my-vllm:latest vllm serve Qwen/Qwen3-32B
docker run --gpus all vllm/vllm-openai:latest --model Qwen/Qwen3-32B
