"""A recipe of vllm-project/recipes -> the draft of a profile."""
