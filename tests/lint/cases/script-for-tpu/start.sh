pip install vllm-tpu
vllm serve meta-llama/Llama-3.1-405B-Instruct --tensor-parallel-size 8 --quantization fp8
