"""The flags of vLLM that a field of the profile sets, and the field of each."""

FIELD_OF = {
    "model": "spec.model.id",
    "revision": "spec.model.revision",
    "served-model-name": "spec.model.servedName",
    "tensor-parallel-size": "spec.parallelism.tensor",
    "pipeline-parallel-size": "spec.parallelism.pipeline",
    "distributed-executor-backend": "spec.vllm.executor",
    "worker-use-ray": "spec.vllm.executor",
    "port": "spec.service.port",
    "hf-token": "spec.huggingface.secretName",
}
