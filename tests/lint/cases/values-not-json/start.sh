vllm serve Qwen/Qwen3-32B --speculative-config {"num_speculative_tokens":3,"method":"mtp"}
vllm serve Qwen/Qwen3-32B --enable-lora --lora-modules \
    '{"name": "one", "path": "/models/one"}' '{"name": "two", "path": "/models/two"}'
vllm serve mistralai/Mistral-Large-3-675B-Instruct-2512-NVFP4 --config-format mistral --load-format mistral
