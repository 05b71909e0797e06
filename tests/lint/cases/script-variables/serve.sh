#!/bin/bash
MODEL=Qwen/Qwen3-32B
TP=${TP:-6}
SIZES=(--max-num-seqs 64 --dtype flot16)
export VLLM_LOGGING_LEVL=DEBUG
# vllm serve other/model --tensor-parallel-size 5
if [ "$1" = long ]; then
  LENGTH=131072
else
  LENGTH=8192
fi
exec numactl --cpunodebind=0 vllm serve "$MODEL" -tp $TP "${SIZES[@]}" --max-model-len $LENGTH $EXTRA
