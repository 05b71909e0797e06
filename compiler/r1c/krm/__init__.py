"""r1c as a KRM function: a ResourceList of kustomize or kpt -> the ResourceList that answers it."""
