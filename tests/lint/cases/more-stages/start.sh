vllm serve meta-llama/Llama-3.1-405B-Instruct --tensor-parallel-size 8 --gpu-memory-utilization 0.2 --max-model-len 8192
