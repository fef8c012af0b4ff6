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

{{- /* NB: values are merged over ours, for a key that stands twice is no YAML. validate.yaml keeps them off the selectors' keys. */ -}}
{{- define "sagemaker-operators.labels" -}}
{{- $ours := include "sagemaker-operators.selectorLabels" . | fromYaml -}}
{{- $_ := set $ours "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- $_ := set $ours "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $ours "app.kubernetes.io/part-of" "sagemaker-operators" -}}
{{- $_ := set $ours "app.kubernetes.io/managed-by" .Release.Service -}}
{{- merge dict .Values.commonLabels $ours | toYaml -}}
{{- end -}}

{{- define "sagemaker-operators.roleLabels" -}}
{{- merge dict .Values.role.labels (include "sagemaker-operators.labels" . | fromYaml) | toYaml -}}
{{- end -}}

{{- define "sagemaker-operators.serviceAccountName" -}}
{{- .Values.serviceAccount.name -}}
{{- end -}}

{{- define "sagemaker-operators.metricsService" -}}
{{- printf "%s-metrics" (include "sagemaker-operators.fullname" . | trunc 55 | trimSuffix "-") -}}
{{- end -}}

{{- define "sagemaker-operators.image" -}}
{{- $repository := required "image.repository is not set, and no image is published: build and push one with `make image REGISTRY=<your registry>`, then set image.repository to what it prints" .Values.image.repository -}}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- with .Values.image.digest -}}@{{ . }}{{- end -}}
{{- end -}}

{{- define "sagemaker-operators.pullSecrets" -}}
{{- $secrets := .Values.imagePullSecrets -}}
{{- range .Values.image.pullSecrets -}}
{{- $secrets = append $secrets (dict "name" .) -}}
{{- end -}}
{{- $secrets | toJson -}}
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

{{- /* Whether objects of a group are to be rendered, "true" or "". Takes root, what (the value's path), mode and group. */ -}}
{{- define "sagemaker-operators.renders" -}}
{{- $served := .root.Capabilities.APIVersions.Has .group -}}
{{- if and (not $served) (eq .mode "failIfMissing") -}}
{{- fail (printf "%s is enabled but the cluster does not serve %s: install the Prometheus operator's CRDs first, or set %s.renderMode to alwaysRender" .what .group .what) -}}
{{- end -}}
{{- if or $served (ne .mode "skipIfMissing") -}}true{{- end -}}
{{- end -}}

{{- define "sagemaker-operators.roleARN" -}}
{{- get (default dict .Values.serviceAccount.annotations) "eks.amazonaws.com/role-arn" -}}
{{- end -}}
