{{- define "crds.annotations" -}}
{{- $annotations := dict -}}
{{- if .Values.crds.keep }}{{ $annotations = set $annotations "helm.sh/resource-policy" "keep" }}{{ end -}}
{{- merge $annotations (.Values.crds.annotations | default dict) | toJson -}}
{{- end -}}
{{- define "crds.labels" -}}
{{- merge (dict "app.kubernetes.io/part-of" "sagemaker-operators") (.Values.commonLabels | default dict) | toJson -}}
{{- end -}}
