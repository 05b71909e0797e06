vllm serve Qwen/Qwen3-32B --kv-transfer-config '{"kv_connector": "MooncakeConnectorV1", "kv_role": "kv_both"}'
vllm serve Qwen/Qwen3-32B --kv-transfer-config '{"kv_connector": "NixlConector", "kv_role": "kv_both"}'
vllm serve Qwen/Qwen3-32B --speculative-config '{"method": "ngram", "num_speculative_tokens": 5, "ngram_prompt_lookup_min": 3}'
vllm serve Qwen/Qwen3-32B --speculative-config '{"method": "ngram", "num_speculative_tokens": 5, "promt_lookup_min": 3}'
