export $(grep -v '^#' .env | xargs)
TP=6
vllm serve Qwen/Qwen3-32B -tp $TP
