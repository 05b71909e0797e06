vllm serve Qwen/Qwen3-32B --port <port> --trust-remote-code -tp 6
vllm serve Qwen/Qwen3-32B \
  -tp 6 \     # one for each GPU
  --data-parallel-size 2
vllm serve ... --max-num-seqs <most>
vllm serve Qwen/Qwen3-32B --tensor-parallel-size <gpus> \
  --max-num-seqs 256 --max-model-len 4096 -tp 6
vllm serve Qwen/Qwen3-32B --speculative-config '{"model": <name>, "num_speculative_tokens": 3}'
vllm serve Qwen/Qwen3-32B --hf-overrides '{"rope_parameters": {"factor": 4.0, ...}}'
vllm serve Qwen/Qwen3-32B -tp 6 --reasoning-config '{"reasoning_start_str": "<think>"}'
