podman run --entrypoint bash vllm/vllm-openai:v0.10.0 -c "vllm serve Qwen/Qwen3-32B -tp 7"
nerdctl run $OPTIONS "$IMAGE" vllm serve Qwen/Qwen3-32B -tp 5
docker container run --gpus '"device=0,1"' vllm/vllm-openai:latest --model Qwen/Qwen3-32B -tp 3
