"""Results of vLLM's serving benchmark -> tables, comparisons and plots."""
