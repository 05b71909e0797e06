docker compose -f compose.yaml up -d
docker exec -d -e NCCL_DEBUG=WARN server vllm serve Qwen/Qwen3-32B -tp 6
docker exec -it "$CONTAINER" bash -c "exec vllm serve Qwen/Qwen3-32B --tensor-parallel-size 5"
podman container exec server python -m vllm.entrypoints.openai.api_server --model Qwen/Qwen3-32B -tp 7
docker exec $OPTIONS server vllm serve Qwen/Qwen3-32B -tp 3
docker exec server nvidia-smi
docker exec server
