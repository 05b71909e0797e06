"""The codes of preflight about nodes, their networks, and what runs on them."""

from __future__ import annotations

from r1c.diagnostics import Code, Severity

NO_MACHINE = Code(
    "R1CP01",
    "no-node-of-platform",
    Severity.ERROR,
    "No node of the platform",
    "The pods select the accelerator's label and stay Pending without a node that has it.",
    "",
    "Create the node pool, or change the platform.",
)
REGION = Code(
    "R1CP02",
    "cluster-in-other-region",
    Severity.ERROR,
    "Cluster in another region than the profile's",
    "Usually the kubectl context belongs to another cluster; then all other findings of preflight are about "
    "the wrong cluster.",
    "",
    "Select the cluster of the profile, or correct the profile.",
)
MACHINE_TYPE = Code(
    "R1CP03",
    "other-machine-type",
    Severity.WARNING,
    "Nodes with the accelerator have another machine type",
    "The networks, CPUs and memory of the output are those of the platform's machine type.",
    "",
    "Use nodes of the platform's machine type.",
)
LOCAL_SSD = Code(
    "R1CP04",
    "no-local-ssd",
    Severity.ERROR,
    "Nodes without local SSDs as ephemeral storage",
    "The pods mount a folder of these SSDs, and wait in ContainerCreating while it is missing.",
    "",
    "Create the node pool with --ephemeral-storage-local-ssd, or set storage.modelCache to emptyDir.",
)
METADATA_SERVER = Code(
    "R1CP05",
    "no-metadata-server",
    Severity.WARNING,
    "Nodes without the GKE metadata server",
    "Without it pods use the node's account instead of their own, so mounting the bucket is refused.",
    "",
    "Update the node pool with --workload-metadata=GKE_METADATA.",
)
SHARED_GPUS = Code(
    "R1CP06",
    "shared-gpus",
    Severity.ERROR,
    "Nodes with partitioned or shared GPUs",
    "vLLM uses whole GPUs, and its memory is planned for whole GPUs.",
    "",
    "Use a node pool without GPU sharing.",
)
TOO_FEW_NODES = Code(
    "R1CP07",
    "too-few-free-nodes",
    Severity.ERROR,
    "Too few free nodes",
    "LeaderWorkerSet starts a group only as a whole: pods without a node stay Pending, and the others "
    "wait for them.",
    "",
    "Free nodes, or add them.",
)
NOT_READY = Code(
    "R1CP08",
    "node-not-ready",
    Severity.WARNING,
    "Node not ready",
    "The scheduler puts no pod on a node that is not ready.",
    "",
    "Read the reason in `kubectl describe node`.",
)
CORDONED = Code(
    "R1CP09",
    "node-cordoned",
    Severity.WARNING,
    "Node cordoned",
    "The scheduler puts no pod on a cordoned node.",
    "",
    "Uncordon the node after its maintenance.",
)
TAINT = Code(
    "R1CP10",
    "taint-not-tolerated",
    Severity.WARNING,
    "Taint that the pods do not tolerate",
    "The scheduler keeps pods without the toleration off the node.",
    "",
    "Add the toleration to the profile, or remove the taint.",
)
LABEL = Code(
    "R1CP11",
    "label-not-on-node",
    Severity.WARNING,
    "Node without a label that the pods select",
    "The pods run only on nodes that have every label of their nodeSelector.",
    "",
    "Correct the label in the profile, or use nodes with it.",
)
GPUS = Code(
    "R1CP12",
    "gpus-not-allocatable",
    Severity.WARNING,
    "Node offers too few GPUs",
    "The device plugin offers GPUs to pods only when the driver is installed and each GPU is healthy.",
    "",
    "Wait for the driver, or repair the node.",
)
RESOURCES = Code(
    "R1CP13",
    "node-resources",
    Severity.WARNING,
    "Node has too little CPU, memory or disk left",
    "The scheduler counts the requests of all pods of a node.",
    "",
    "Move other pods off the node.",
)
ZONES = Code(
    "R1CP14",
    "group-across-zones",
    Severity.WARNING,
    "Free nodes in several zones",
    "The GPUs' networks are fast within a zone; a group across zones is slow or does not start.",
    "",
    "Use a node pool of one zone.",
)
TARGET = Code(
    "R1CP15",
    "target-node-missing",
    Severity.ERROR,
    "Target node not in the cluster",
    "The pods run only on the nodes of scheduling.targetNodes.",
    "",
    "Correct the names of the nodes.",
)
NO_NETWORK = Code(
    "R1CP16",
    "network-missing",
    Severity.ERROR,
    "Network not in the cluster",
    "GKE refuses or holds a pod whose annotation names a Network that does not exist.",
    "",
    "Write the cluster's names under network.subnetworks, or create the networks.",
)
NETWORK_TYPE = Code(
    "R1CP17",
    "network-type",
    Severity.ERROR,
    "Network is not for devices",
    "A pod gets a NIC of the GPUs only from a Network of type Device.",
    "",
    "Name networks of type Device.",
)
NETWORK_NOT_READY = Code(
    "R1CP18",
    "network-not-ready",
    Severity.ERROR,
    "Network not ready",
    "GKE attaches no pod to a Network whose VPC or subnetwork it cannot find.",
    "",
    "Read the reason in `kubectl describe`.",
)
NO_PARAMETERS = Code(
    "R1CP19",
    "network-parameters-missing",
    Severity.ERROR,
    "Parameters of a Network missing",
    "A Network takes its VPC and device mode from its GKENetworkParamSet.",
    "",
    "Create the GKENetworkParamSet.",
)
DEVICE_MODE = Code(
    "R1CP20",
    "device-mode",
    Severity.ERROR,
    "Wrong device mode of a Network",
    "GPUDirect-TCPX and TCPXO use kernel NICs (NetDevice), gIB uses RDMA.",
    "",
    "Name networks of the mode that the platform needs.",
)
NOT_ADVERTISED = Code(
    "R1CP21",
    "network-not-advertised",
    Severity.ERROR,
    "Network not on the nodes",
    "GKE requests networking.gke.io.networks/NAME for the pods; without a node that advertises it, they"
    " stay Pending.",
    "",
    "Create the node pool with these networks.",
)
ONLY_IP = Code(
    "R1CP22",
    "network-without-device",
    Severity.ERROR,
    "Nodes advertise a network only with .IP",
    "GKE requests both forms for a pod with the interfaces annotation. Some A3 Ultra nodes advertise "
    "only rdma-N.IP, and the pods stay Pending (llm-d/llm-d#1730).",
    "",
    "Write network.rdmaRequests: zero for RDMA networks; otherwise create the node pool with the "
    "networks as devices.",
)
ONLY_PLAIN = Code(
    "R1CP23",
    "network-without-ip",
    Severity.HINT,
    "Nodes advertise a network only without .IP",
    "GKE usually requests both forms; whether it requests the second one here is not confirmed.",
    "",
    "Look for Insufficient in the pods' events if they stay Pending.",
)
NO_DAEMON_SET = Code(
    "R1CP24",
    "daemonset-missing",
    Severity.ERROR,
    "DaemonSet of GPUDirect missing",
    "The installer prepares the devices and libraries of a node, the injector gives the daemon its "
    "GPUs; without them the pods fail at start.",
    "",
    "Apply Google's manifest.",
)
DAEMON_SET_NOT_READY = Code(
    "R1CP25",
    "daemonset-not-ready",
    Severity.WARNING,
    "DaemonSet of GPUDirect not ready on every node",
    "A pod that starts on a node without it fails.",
    "",
    "Wait for the rollout.",
)
PLUGIN_RELEASE = Code(
    "R1CP26",
    "plugin-release",
    Severity.WARNING,
    "Plugin on the nodes has another release",
    "With useHostPlugin the pods load the node's plugin, and the recipe sets the environment of its own"
    " release; the plugin refuses some values of another one.",
    "",
    "Write the nodes' release in the profile, or install the recipe's.",
)
PLUGIN_DIGEST = Code(
    "R1CP27",
    "plugin-release-unknown",
    Severity.HINT,
    "Release of the nodes' plugin unknown",
    "An image by digest does not say its release.",
    "",
    "Compare the digests.",
)
NO_BUCKET_DRIVER = Code(
    "R1CP28",
    "bucket-driver-missing",
    Severity.ERROR,
    "Cloud Storage FUSE driver missing",
    "The pods mount the bucket through it, and wait in ContainerCreating without it.",
    "",
    "Enable the add-on GcsFuseCsiDriver.",
)

CODES: tuple[Code, ...] = tuple(item for item in list(vars().values()) if isinstance(item, Code))
"""The codes in order."""
