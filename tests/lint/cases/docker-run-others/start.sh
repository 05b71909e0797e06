docker run vllm/vllm-tpu:v0.10.0 vllm serve Qwen/Qwen3-32B -tp 6
docker run --device /dev/kfd --device=/dev/dri vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B -tp 6
docker run --runtime=habana registry.example/vllm:1 vllm serve Qwen/Qwen3-32B -tp 6
docker run nginx --model Qwen/Qwen3-32B -tp 6
docker run vllm/vllm-openai
docker stop vllm
