{{- /* A sentence for each value of ACK's chart that is set to something and comes to nothing here, as a JSON list for NOTES. */ -}}
{{- define "sagemaker-operators.withoutEffect" -}}
{{- $said := list -}}
{{- if .Values.enableCARM -}}
{{- $said = append $said "enableCARM: there are no cross-account roles by ConfigMap yet. NB: what lies in a namespace with annotation services.k8s.aws/owner-account-id is made in the controller's own account" -}}
{{- end -}}
{{- if .Values.enableCrossNamespace -}}
{{- $said = append $said "enableCrossNamespace: a reference to an object of another namespace is refused, in the object's conditions" -}}
{{- end -}}
{{- if ne (int .Values.reconcile.defaultMaxConcurrentSyncs) 1 -}}
{{- $said = append $said "reconcile.defaultMaxConcurrentSyncs: all kinds share reconcile.workers" -}}
{{- end -}}
{{- if .Values.reconcile.resourceMaxConcurrentSyncs -}}
{{- $said = append $said "reconcile.resourceMaxConcurrentSyncs: all kinds share reconcile.workers" -}}
{{- end -}}
{{- $gates := dict
  "ResourceAdoption" "adoption is not there yet: an object that asks for it is refused, in its conditions"
  "ReadOnlyResources" "read-only is not there yet: an object that asks for it is refused, in its conditions"
  "IgnoreFieldDrift" "ignoring the drift of single fields is not there yet" -}}
{{- range $gate, $on := .Values.featureGates -}}
{{- if $on -}}
{{- $said = append $said (printf "featureGates.%s: %s" $gate (default "this controller has no such gate" (get $gates $gate))) -}}
{{- end -}}
{{- end -}}
{{- $limits := default dict .Values.resources.limits -}}
{{- if has (toString $limits.memory) (list "64Mi" "128Mi") -}}
{{- $said = append $said (printf "resources.limits.memory: %s, as ACK has it, is less than this controller takes with all kinds and many objects; the chart's own is 256Mi" $limits.memory) -}}
{{- end -}}
{{- if eq (toString $limits.cpu) "100m" -}}
{{- $said = append $said "resources.limits.cpu: with 100m, as ACK has it, starting takes a minute; the chart's own is 1" -}}
{{- end -}}
{{- $said | toJson -}}
{{- end -}}
