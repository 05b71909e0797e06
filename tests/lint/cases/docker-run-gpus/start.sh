docker run --gpus 2 vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B -tp 4
docker run --gpus '"device=0,1"' vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B -tp 4
docker run --gpus=device=3 vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B -tp 2
docker run --gpus '"device=0,1","capabilities=utility,compute"' vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B
docker run --gpus all vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B -tp 4
docker run --gpus 0 vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B -tp 2
docker run --gpus "device=$GPU" vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B -tp 2
docker run --gpus 2 -e CUDA_VISIBLE_DEVICES=1 vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B
docker run --gpus 2 vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B -tp $COUNT
docker run --gpus 4 registry.example/vllm:1 vllm serve Qwen/Qwen3-32B -tp 2
podman run --gpus 2 vllm/vllm-openai:v0.10.0 --model Qwen/Qwen3-32B -tp 4
