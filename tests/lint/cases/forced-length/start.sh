docker run --gpus all -e VLLM_ALLOW_LONG_MAX_MODEL_LEN=1 vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B --max-model-len 1000000
docker run --gpus all vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B --max-model-len 1000000
