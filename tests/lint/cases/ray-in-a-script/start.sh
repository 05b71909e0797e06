ray start --head
vllm serve meta-llama/Llama-3.1-405B-Instruct -tp 8 -pp 2
