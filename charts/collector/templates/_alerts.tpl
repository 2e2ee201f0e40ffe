{{/*
files/alerts.yaml for this release: its jobs, its DaemonSet, its ages, without the alerts that are not wanted. The half hours
there are 25 minutes and the default of batch.maxAge.
*/}}
{{- define "collector.alerts" -}}
{{- $rules := list -}}
{{- $age := add 1500 (include "collector.maxAge" . | int) -}}
{{- range (index (.Files.Get "files/alerts.yaml" | fromYaml).groups 0).rules -}}
{{- if not (has .alert $.Values.prometheusRule.disabled) -}}
{{- $rule := . -}}
{{- if eq .alert "CollectorDown" -}}
{{- $_ := set $rule "expr" (printf "up{%s} == 0 or %s" (include "collector.alerts.jobs" $) $rule.expr) -}}
{{- end -}}
{{- if and (ne $age 1800) (has .alert (list "CollectorBacklogOld" "CollectorNothingUploaded")) -}}
{{- $_ := set $rule "expr" ($rule.expr | replace "> 1800" (printf "> %d" $age) | replace "[30m]" (printf "[%ds]" $age)) -}}
{{- end -}}
{{- $_ := set $rule "expr" (replace "daemonset=\"collector\"" (printf "namespace=%q, daemonset=%q" (include "collector.namespace" $) (include "collector.fullname" $)) $rule.expr) -}}
{{- with $.Values.prometheusRule.runbookUrl -}}
{{- $_ := set $rule.annotations "runbook_url" (printf "%s#%s" . (lower $rule.alert)) -}}
{{- end -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- end -}}
{{- dict "groups" (list (dict "name" "collector" "rules" $rules)) | toYaml -}}
{{- end -}}

{{/* What the operator calls the jobs of a PodMonitor (namespace/name) and of a ServiceMonitor (the service's name). */}}
{{- define "collector.alerts.jobs" -}}
{{- printf "namespace=%q, job=~\"(%s/)?%s\"" (include "collector.namespace" .) (default (include "collector.namespace" .) .Values.podMonitor.namespace) (include "collector.fullname" .) -}}
{{- end -}}
