{{- /* What the controller may do to the objects of the enabled kinds: read, and patch metadata and status. Nothing else. */ -}}
{{- define "sagemaker-operators.kindRules" -}}
{{- $plurals := include "sagemaker-operators.plurals" . | fromJson -}}
{{- $kinds := include "sagemaker-operators.kinds" . | fromJsonArray -}}
{{- if not $kinds -}}
{{- $kinds = keys $plurals | sortAlpha -}}
{{- end -}}
- apiGroups: [sagemaker.services.k8s.aws]
  resources:
  {{- range $kinds }}
    - {{ get $plurals . }}
  {{- end }}
  verbs: [get, list, watch, patch]
- apiGroups: [sagemaker.services.k8s.aws]
  resources:
  {{- range $kinds }}
    - {{ get $plurals . }}/status
  {{- end }}
  verbs: [get, patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{- define "sagemaker-operators.subjects" -}}
- kind: ServiceAccount
  name: {{ include "sagemaker-operators.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}
