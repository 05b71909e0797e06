"""r1c compiles inference recipes to Kubernetes manifests."""

__version__ = "0.1.0"
