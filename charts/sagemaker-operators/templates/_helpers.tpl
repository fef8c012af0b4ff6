{{- define "sagemaker-operators.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "sagemaker-operators.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* NB: never managed-by or a version in a selector: GitOps tools relabel, upgrades change versions, selectors cannot change. */ -}}
{{- define "sagemaker-operators.selectorLabels" -}}
app.kubernetes.io/name: {{ include "sagemaker-operators.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sagemaker-operators.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "sagemaker-operators.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: sagemaker-operators
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "sagemaker-operators.roleLabels" -}}
{{ include "sagemaker-operators.labels" . }}
{{- with .Values.role.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "sagemaker-operators.serviceAccountName" -}}
{{- .Values.serviceAccount.name -}}
{{- end -}}

{{- define "sagemaker-operators.image" -}}
{{- $repository := required "image.repository is not set, and no image is published: build and push one with `make image REGISTRY=<your registry>`, then set image.repository to what it prints" .Values.image.repository -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- with .Values.image.digest -}}@{{ . }}{{- end -}}
{{- end -}}

{{- define "sagemaker-operators.leaseNamespace" -}}
{{- default .Release.Namespace .Values.leaderElection.namespace -}}
{{- end -}}

{{- /* The namespaces to watch as a JSON list; empty in cluster scope. */ -}}
{{- define "sagemaker-operators.watchNamespaces" -}}
{{- $found := list -}}
{{- if eq .Values.installScope "namespace" -}}
{{- range splitList "," (default .Release.Namespace .Values.watchNamespace) -}}
{{- $found = append $found (trim .) -}}
{{- end -}}
{{- end -}}
{{- $found | uniq | toJson -}}
{{- end -}}

{{- /* The kinds that are asked for as a JSON list; empty means all. */ -}}
{{- define "sagemaker-operators.kinds" -}}
{{- concat .Values.kinds .Values.reconcile.resources | uniq | sortAlpha | toJson -}}
{{- end -}}

{{- define "sagemaker-operators.roleARN" -}}
{{- get (default dict .Values.serviceAccount.annotations) "eks.amazonaws.com/role-arn" -}}
{{- end -}}
