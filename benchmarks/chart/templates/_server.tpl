{{- define "server" -}}
- name: vllm-{{ .component }}
  image: {{ .root.Values.image.repository }}:{{ .root.Values.image.tag }}
  {{- if eq .component "leader" }}
  {{- include "leader" .root | nindent 2 }}
  {{- else }}
  command:
  - bash
  - -c
  - |
    set -euo pipefail
    exec bash /vllm-workspace/ray_init.sh worker --ray_address="$LWS_LEADER_ADDRESS"
  - worker
  {{- end }}
  env:
    {{- include "environment" .root | nindent 2 }}
  resources:
    requests:
      cpu: {{ .root.Values.machine.cpus }}
      memory: {{ .root.Values.machine.memory }}
      ephemeral-storage: {{ .root.Values.machine.disk }}
      nvidia.com/gpu: {{ .root.Values.machine.gpus }}
    limits:
      nvidia.com/gpu: {{ .root.Values.machine.gpus }}
  lifecycle:
    preStop:
      exec:
        {{- if eq .component "leader" }}
        command: {{ .root.Values.server.preStop.leader | toJson }}
        {{- else }}
        command: {{ .root.Values.server.preStop.worker | toJson }}
        {{- end }}
  volumeMounts:
  - name: nvidia
    mountPath: /usr/local/nvidia
  - name: aperture-devices
    mountPath: /dev/aperture_devices
  - name: nccl-plugin
    mountPath: /usr/local/nccl-plugin
  - name: shared-memory
    mountPath: /dev/shm
  - name: local-ssd
    mountPath: /ssd
  - name: gcs
    mountPath: /gcs
{{- end }}

{{- define "leader" -}}
command:
- bash
- -c
- |
  set -euo pipefail
  # The first process of a container ignores SIGTERM unless it traps it. With the trap, a pod that is deleted while it waits ends at once.
  trap 'exit 143' TERM
  # The server starts only when every node of the group has joined the Ray cluster.
  bash /vllm-workspace/ray_init.sh leader --ray_cluster_size="$LWS_GROUP_SIZE" &
  wait "$!"
  trap - TERM
  # exec: the server itself gets SIGTERM.
  exec vllm serve "$@"
- leader
args:
- {{ .Values.model }}
- --tensor-parallel-size={{ .Values.parallelism.tensor }}
- --pipeline-parallel-size={{ .Values.parallelism.pipeline }}
- --distributed-executor-backend=ray
- --port={{ .Values.server.port }}
{{- range .Values.server.args }}
- {{ . | quote }}
{{- end }}
ports:
- name: http
  containerPort: {{ .Values.server.port }}
  protocol: TCP
startupProbe:
  httpGet:
    path: /health
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: {{ .Values.server.startupFailures }}
  terminationGracePeriodSeconds: 30
readinessProbe:
  httpGet:
    path: /health
    port: http
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}

{{- define "environment" -}}
- name: VLLM_HOST_IP
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: status.podIP
- name: HF_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ .Values.token.secret }}
      key: {{ .Values.token.key }}
- name: HF_HOME
  value: /ssd/huggingface
- name: HF_HUB_ENABLE_HF_TRANSFER
  value: "1"
- name: VLLM_CACHE_ROOT
  value: /ssd/vllm
- name: TRITON_CACHE_DIR
  value: /ssd/triton/cache
- name: LD_LIBRARY_PATH
  value: /usr/local/nccl-plugin/lib64:/usr/local/nvidia/lib64
- name: NCCL_LIB_DIR
  value: /usr/local/nccl-plugin/lib64
- name: NCCL_FASTRAK_CTRL_DEV
  value: eth0
- name: NCCL_FASTRAK_IFNAME
  value: {{ include "interfaces" . | quote }}
- name: NCCL_SOCKET_IFNAME
  value: eth0
{{- range .Values.network.environment }}
- name: {{ .name }}
  value: {{ .value | quote }}
{{- end }}
- name: CUDA_VISIBLE_DEVICES
  value: {{ include "gpus" . | quote }}
{{- range .Values.network.tuning }}
- name: {{ .name }}
  value: {{ .value | quote }}
{{- end }}
{{- end }}
