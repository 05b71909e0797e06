{{- define "pod" -}}
metadata:
  labels:
    {{- include "labels" . | nindent 4 }}
  annotations:
    {{- include "annotations" .root | nindent 4 }}
spec:
  serviceAccountName: {{ .root.Release.Name }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .root.Values.server.graceSeconds }}
  nodeSelector:
    cloud.google.com/gke-accelerator: {{ .root.Values.machine.accelerator }}
  tolerations:
  - key: nvidia.com/gpu
    operator: Exists
    effect: NoSchedule
  initContainers:
    {{- include "plugin" .root | nindent 2 }}
    {{- include "daemon" .root | nindent 2 }}
  containers:
    {{- include "server" . | nindent 2 }}
  volumes:
  - name: nvidia
    hostPath:
      path: /home/kubernetes/bin/nvidia
      type: Directory
  - name: sys
    hostPath:
      path: /sys
      type: Directory
  - name: proc-sys
    hostPath:
      path: /proc/sys
      type: Directory
  - name: aperture-devices
    hostPath:
      path: /dev/aperture_devices
      type: Directory
  - name: nccl-plugin
    emptyDir: {}
  - name: shared-memory
    emptyDir:
      medium: Memory
      sizeLimit: {{ .root.Values.machine.sharedMemory }}
  - name: local-ssd
    hostPath:
      path: {{ .root.Values.machine.ssd }}
      type: Directory
  - name: gcs
    csi:
      driver: gcsfuse.csi.storage.gke.io
      volumeAttributes:
        bucketName: {{ .root.Values.bucket }}
        mountOptions: implicit-dirs
{{- end }}
