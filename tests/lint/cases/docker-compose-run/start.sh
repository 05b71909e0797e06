docker compose -f compose.yaml --profile gpu run --rm --no-deps -e VLLM_LOGGING_LEVL=DEBUG vllm \
    vllm serve Qwen/Qwen3-32B -tp 6
docker-compose run -T --service-ports --entrypoint vllm server serve Qwen/Qwen3-32B -tp 5
docker compose exec --index 2 vllm vllm serve Qwen/Qwen3-32B --swap-spce 4
docker compose run vllm --model Qwen/Qwen3-32B -tp 7
docker compose up vllm
