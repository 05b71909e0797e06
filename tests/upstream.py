"""The folder of R1C_UPSTREAM: files of other projects, for tests that are skipped without them.

lws-crd-v0.10.yaml: the CRD of LeaderWorkerSet; crds/: the CRDs of the kinds in optional blocks, <kind>.yaml
(from prometheus-engine, prometheus-operator, keda, gateway-api, gateway-api-inference-extension and
gke-gateway-api); values/ and chart-objects/: Helm values of gpu-recipes and what its charts make of them.
"""

from __future__ import annotations

import os
from pathlib import Path

UPSTREAM = Path(os.environ.get("R1C_UPSTREAM", "R1C_UPSTREAM is not set"))
MISSING = "R1C_UPSTREAM names no folder with the files of other projects"
