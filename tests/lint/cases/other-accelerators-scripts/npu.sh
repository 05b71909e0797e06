export ASCEND_RT_VISIBLE_DEVICES=0,1
vllm serve Qwen/Qwen3-32B -tp 6
