"""The Helm values of gpu-recipes -> a draft of the profile."""
