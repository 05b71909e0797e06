{{- define "annotations" -}}
gke-gcsfuse/volumes: "true"
gke-gcsfuse/cpu-limit: "0"
gke-gcsfuse/memory-limit: "0"
gke-gcsfuse/ephemeral-storage-limit: "0"
devices.gke.io/container.tcpxo-daemon: |
  {{- range until (int .Values.machine.gpus) }}
  - path: /dev/nvidia{{ . }}
  {{- end }}
  - path: /dev/nvidiactl
  - path: /dev/nvidia-uvm
  - path: /dev/dmabuf_import_helper
networking.gke.io/default-interface: eth0
networking.gke.io/interfaces: |
  [
    {"interfaceName":"eth0","network":"{{ .Values.network.control }}"}
    {{- range $index, $name := .Values.network.data }},
    {"interfaceName":"eth{{ add1 $index }}","network":"{{ $name }}"}
    {{- end }}
  ]
{{- end }}

{{- define "plugin" -}}
- name: nccl-plugin-installer
  image: {{ .Values.network.plugin }}
  command:
  - bash
  - -c
  - |
    set -euo pipefail
    chmod 755 /scripts/container_entry.sh
    /scripts/container_entry.sh install --install-nccl --nccl-buildtype {{ .Values.network.build }}
    cp -r /var/lib/tcpxo/. /usr/local/nccl-plugin/
  resources:
    requests:
      cpu: 150m
      memory: 64Mi
  volumeMounts:
  - name: nccl-plugin
    mountPath: /usr/local/nccl-plugin
{{- end }}

{{- define "daemon" -}}
- name: tcpxo-daemon
  image: {{ .Values.network.daemon }}
  restartPolicy: Always
  command:
  - bash
  - -c
  - |
    set -euo pipefail
    # The first process of a container ignores SIGTERM unless it traps it. With the trap, the daemon ends with the pod.
    trap 'kill -TERM "$daemon"; wait "$daemon" || true; exit 0' TERM
    chmod 755 /fts/entrypoint_rxdm_container.sh
    /fts/entrypoint_rxdm_container.sh --num_hops={{ .Values.network.hops }} --num_nics={{ len .Values.network.data }} --uid= --alsologtostderr &
    daemon=$!
    wait "$daemon"
  env:
  - name: LD_LIBRARY_PATH
    value: /usr/local/nvidia/lib64
  - name: HEALTH_CHECK_LOG_FILE
    value: /run/health-check
  resources:
    requests:
      cpu: "1"
      memory: 2Gi
  startupProbe:
    exec:
      command: [cat, /run/health-check]
    initialDelaySeconds: 1
    periodSeconds: 5
    timeoutSeconds: 1
    failureThreshold: 24
  securityContext:
    capabilities:
      add: [NET_ADMIN, NET_BIND_SERVICE]
  volumeMounts:
  - name: nvidia
    mountPath: /usr/local/nvidia
  - name: sys
    mountPath: /hostsysfs
  - name: proc-sys
    mountPath: /hostprocsysfs
{{- end }}
