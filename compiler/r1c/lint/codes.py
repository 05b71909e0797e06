"""The codes of lint alone: r1c makes the pods of a profile, and their GPUs follow from the ranks."""

from __future__ import annotations

from r1c.diagnostics import Code, Severity

FEWER_GPUS = Code(
    "R1C240",
    "fewer-gpus-than-ranks",
    Severity.ERROR,
    "Fewer GPUs than the server has ranks",
    "Each rank takes a GPU. With fewer, vLLM exits, or Ray waits forever for a placement group "
    "(vllm-project/vllm#13909, #13388; evidence.md, PAR004, PAR005).",
    "args: [--tensor-parallel-size, '8']\nresources:\n  limits: {nvidia.com/gpu: 4}\n",
    "Give the server a GPU for each rank, or lower the parallel sizes.",
)
IDLE_GPUS = Code(
    "R1C241",
    "gpus-without-a-rank",
    Severity.WARNING,
    "More GPUs than the server has ranks",
    "GPUs without a rank stay idle; no other pod can use those of a pod (evidence.md, PAR004).",
    "args: [--tensor-parallel-size, '4']\nresources:\n  limits: {nvidia.com/gpu: 8}\n",
    "Raise the parallel sizes, or give the server fewer GPUs.",
)
TEMPLATES_DIFFER = Code(
    "R1C242",
    "leader-and-workers-differ",
    Severity.ERROR,
    "Leader and workers start vLLM differently",
    "Without Ray each pod reads its own command line. Ranks with other sizes or another release hang without "
    "an error, for up to 30 minutes, or refuse each other (vllm-project/vllm#26218, #44718, #30281; "
    "gpustack/gpustack#2691; evidence.md, PAR012, RAY006).",
    "leaderTemplate: vllm serve M --nnodes 2 --max-num-batched-tokens 8192\n"
    "workerTemplate: vllm serve M --nnodes 2 --max-num-batched-tokens 4096 --headless\n",
    "Give both templates the same image and the same flags, but for rank, address and headless.",
)
LEADER_WITHOUT_GPUS = Code(
    "R1C243",
    "leader-without-gpus",
    Severity.ERROR,
    "Leader that requests no GPU",
    "The leader is a rank too. Ray does not allocate any GPUs on the driver node, and vLLM exits "
    "(vllm-project/vllm#2406, #3293; evidence.md, RAY008).",
    "leaderTemplate: {resources: {}}\nworkerTemplate: {resources: {limits: {nvidia.com/gpu: 8}}}\n",
    "Give the leader's container the same nvidia.com/gpu limit as the workers'.",
)
SWITCH_VALUE = Code(
    "R1C440",
    "switch-with-a-value",
    Severity.ERROR,
    "Value behind a flag that takes none",
    "vLLM exits: argument --enforce-eager: ignored explicit argument 'False'. Helm charts write it for a "
    "value of false (verl-project/verl#7624; evidence.md, VLL006).",
    "args: [--enforce-eager=False]\n",
    "Write the flag alone, its --no- form, or leave it out.",
)
NOT_EXPANDED = Code(
    "R1C675",
    "variable-not-expanded",
    Severity.ERROR,
    "Variable that neither Kubernetes nor a shell expands",
    "Kubernetes expands $(NAME) in command and args; $NAME and ${NAME} are for a shell, and without one vLLM "
    "gets them as they are (ai-dynamo/dynamo#7485; evidence.md, KUB008).",
    "args: [--master-addr, $LWS_LEADER_ADDRESS]\n",
    "Write $(NAME), or run the command with sh -c.",
)
SET_TWICE = Code(
    "R1C676",
    "variable-set-twice",
    Severity.ERROR,
    "Environment variable set twice in a container",
    "kubectl apply keeps the last value; server-side apply refuses the object, and Argo CD shows it as "
    "OutOfSync forever (argoproj/argo-cd#20979, argoproj/argo-helm#3732; evidence.md, KUB010).",
    "env:\n- {name: NCCL_DEBUG, value: WARN}\n- {name: NCCL_DEBUG, value: INFO}\n",
    "Remove one of them.",
)
ONE_ADDRESS = Code(
    "R1C677",
    "one-address-for-all-pods",
    Severity.ERROR,
    "VLLM_HOST_IP with one value for all pods of a group",
    "Each pod must have its own address. With one value they all claim to be the same node, and the group "
    "never forms (vllm-project/vllm#43095; evidence.md, RAY001, RAY002).",
    "env:\n- {name: VLLM_HOST_IP, value: 10.0.0.3}\n",
    "Take it from valueFrom: fieldRef: fieldPath: status.podIP.",
)
SERVICE_PORT = Code(
    "R1C678",
    "service-sets-vllm-port",
    Severity.ERROR,
    "Service whose name sets VLLM_PORT",
    "Kubernetes gives every pod of the namespace the variable <SERVICE>_PORT with a URL. vLLM reads "
    "VLLM_PORT as the number of a port and exits (vllm-project/vllm#34199, #15613, #18209; evidence.md, "
    "KUB001).",
    "kind: Service\nmetadata: {name: vllm}\n",
    "Rename the Service, or write enableServiceLinks: false in the pods.",
)
NOT_A_STRING = Code(
    "R1C679",
    "variable-not-a-string",
    Severity.ERROR,
    "Value of an environment variable that is not a string",
    "The API server refuses the object: cannot unmarshal number into Go struct field EnvVar.value of type "
    "string (helm/helm#11562, coder/code-server#6563; evidence.md, GIT011).",
    "env:\n- {name: VLLM_USE_V1, value: 1}\n",
    "Quote the value.",
)
NO_SIDECAR = Code(
    "R1C735",
    "bucket-without-sidecar",
    Severity.ERROR,
    "Bucket volume without the annotation of its sidecar",
    "The volume is never mounted: failed to find the sidecar container in Pod spec (docs/troubleshooting.md "
    "of GoogleCloudPlatform/gcs-fuse-csi-driver; evidence.md, STO001).",
    "volumes:\n- name: weights\n  csi: {driver: gcsfuse.csi.storage.gke.io}\n",
    'Annotate the pods with gke-gcsfuse/volumes: "true".',
)
LINT_CODES = (
    *(FEWER_GPUS, IDLE_GPUS, TEMPLATES_DIFFER, NOT_EXPANDED, SET_TWICE, ONE_ADDRESS, SERVICE_PORT),
    *(NOT_A_STRING, NO_SIDECAR, SWITCH_VALUE, LEADER_WITHOUT_GPUS),
)
