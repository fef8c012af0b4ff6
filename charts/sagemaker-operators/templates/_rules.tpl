{{- /* What the controller may do to the objects of the enabled kinds: read, and patch metadata and status; and read named Secrets. */ -}}
{{- define "sagemaker-operators.kindRules" -}}
{{- $plurals := include "sagemaker-operators.plurals" . | fromJson -}}
{{- $kinds := include "sagemaker-operators.enabledKinds" . | fromJsonArray -}}
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

{{- /* The kinds that are cared for, by name, as a JSON list. */ -}}
{{- define "sagemaker-operators.enabledKinds" -}}
{{- $kinds := include "sagemaker-operators.kinds" . | fromJsonArray -}}
{{- default (include "sagemaker-operators.plurals" . | fromJson | keys | sortAlpha) $kinds | toJson -}}
{{- end -}}

{{- /* What people may do who see a namespace: read the objects of the enabled kinds. */ -}}
{{- define "sagemaker-operators.viewRules" -}}
{{- $plurals := include "sagemaker-operators.plurals" . | fromJson -}}
- apiGroups: [sagemaker.services.k8s.aws]
  resources:
  {{- range include "sagemaker-operators.enabledKinds" . | fromJsonArray }}
    - {{ get $plurals . }}
  {{- end }}
  verbs: [get, list, watch]
- apiGroups: [sagemaker.services.k8s.aws]
  resources:
  {{- range include "sagemaker-operators.enabledKinds" . | fromJsonArray }}
    - {{ get $plurals . }}/status
  {{- end }}
  verbs: [get]
{{- end -}}

{{- /* What people may do beyond that who edit a namespace. The status is the controller's alone. */ -}}
{{- define "sagemaker-operators.editRules" -}}
{{- $plurals := include "sagemaker-operators.plurals" . | fromJson -}}
- apiGroups: [sagemaker.services.k8s.aws]
  resources:
  {{- range include "sagemaker-operators.enabledKinds" . | fromJsonArray }}
    - {{ get $plurals . }}
  {{- end }}
  verbs: [create, update, patch, delete, deletecollection]
{{- end -}}

{{- /* A ClusterRole for people. Takes root, name, into (role: whether it is added to it) and rules (a definition's name). */ -}}
{{- define "sagemaker-operators.personsRole" }}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ printf "%s-%s" (include "sagemaker-operators.fullname" .root | trunc 58 | trimSuffix "-") .name }}
  labels:
    {{- include "sagemaker-operators.roleLabels" .root | nindent 4 }}
    {{- range $role, $added := .into }}
    {{- if $added }}
    rbac.authorization.k8s.io/aggregate-to-{{ $role }}: "true"
    {{- end }}
    {{- end }}
rules:
  {{- include .rules .root | nindent 2 }}
{{- end }}

{{- define "sagemaker-operators.subjects" -}}
- kind: ServiceAccount
  name: {{ include "sagemaker-operators.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}
