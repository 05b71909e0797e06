"""A LeaderWorkerSet with vLLM in it -> a draft of the profile."""
