vllm serve nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8 \
  --tensor-parallel-size 1 --gpu-memory-utilization 0.65 --max-model-len 131072
