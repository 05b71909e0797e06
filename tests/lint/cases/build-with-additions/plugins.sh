export VLLM_MOE_CHUNK_SIZE=256
export VLLM_DEPTH_OF_OUR_PLUGIN=3
export VLLM_Model=qwen/qwen3-32b
vllm serve $VLLM_Model --quantization ours --tensor-parallel-size 2 \
  --speculative-config '{"method": "suffix", "num_speculative_tokens": 8}'
OPENAI_API_KEY=token-abc123 vllm serve Qwen/Qwen3-32B --enable-tiered-moe --tiered-moe-backend uva --api-key token-abc123
