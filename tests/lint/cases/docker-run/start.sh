#!/bin/bash
export HF_TOKEN=abc
sudo docker run -d --rm --runtime nvidia --gpus all -it -p8000:8000 \
    -v ~/.cache/huggingface:/root/.cache/huggingface \
    -e "VLLM_LOGGING_LEVL=DEBUG" --env HF_TOKEN -e NCCL_DEBUG=$LEVEL \
    --ipc=host --name server \
    vllm/vllm-openai:v0.10.0 \
    --model Qwen/Qwen3-32B -tp 6 --swap-spce 4
docker logs -f server
