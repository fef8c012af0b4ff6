{{- /* What the controller may do to the objects of the enabled kinds: read, and patch metadata and status; and read named Secrets. */ -}}
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
{{- $naming := list }}
{{- range include "sagemaker-operators.kindsNamingSecrets" . | fromJsonArray }}
{{- if has . $kinds }}
{{- $naming = append $naming . }}
{{- end }}
{{- end }}
{{- if and $naming .Values.secrets.names }}
# Read when a {{ join " or a " $naming }} that names one of them is created or updated. Never listed, never watched.
- apiGroups: [""]
  resources: [secrets]
  resourceNames:
  {{- range .Values.secrets.names }}
    - {{ . | quote }}
  {{- end }}
  verbs: [get]
{{- end }}
{{- end -}}

{{- define "sagemaker-operators.subjects" -}}
- kind: ServiceAccount
  name: {{ include "sagemaker-operators.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}
