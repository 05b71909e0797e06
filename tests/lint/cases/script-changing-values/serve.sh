#!/bin/bash
best=0
API_KEY=${API_KEY:-"your-api-key"}
export OPENAI_API_KEY="${OPENAI_API_KEY:-dummy}"
serve() {
  local seqs=$1
  flags=(--max-num-seqs "$seqs" --max-num-batched-tokens "$best")
  vllm serve Qwen/Qwen3-32B "${flags[@]}" --api-key "$API_KEY" --gpu-memory-utilization 1.5
}
for seqs in 0 8; do
  if measure "$seqs"; then
    best=$seqs
  fi
done
serve "$best"
CONFIG='{"kv_role": "kv_both"}'
LINE="vllm serve Qwen/Qwen3-32B --kv-transfer-config '$(echo "$CONFIG" | tr -d " ")' -tp 6"
eval "$LINE &"
