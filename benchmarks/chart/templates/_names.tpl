{{- define "labels" -}}
app.kubernetes.io/name: vllm
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: {{ .root.Release.Name }}
app.kubernetes.io/managed-by: r1c
{{- end }}

{{- /* The GPUs of a node or the network interfaces, as "0,1,2" or "eth1,eth2". */ -}}
{{- define "gpus" -}}
{{ join "," (until (int .Values.machine.gpus)) }}
{{- end }}

{{- define "interfaces" -}}
{{- $names := list }}
{{- range $index, $ := .Values.network.data }}{{ $names = append $names (printf "eth%d" (add1 $index)) }}{{ end }}
{{- join "," $names }}
{{- end }}
