vllm serve Qwen/Qwen3-32B --our-plugin --gpu-memory-util 0.9 --max-model 8192 --max-modle-len 1 --tensor-par 6
