docker run --gpus all vllm/vllm-openai:v0.11.0 --model Qwen/Qwen3-32B --tensor-parallel-size 2 --enforce-eager=False --trust-remote-code True
docker run --gpus all vllm/vllm-openai:v0.8.4 --model Qwen/Qwen3-32B --tensor-parallel-size 2 --enable-chunked-prefill=False
