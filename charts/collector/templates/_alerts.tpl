{{/*
files/alerts.yaml for this release: its jobs, its DaemonSet, its buffers, its ages, without the alerts that are not wanted. The half hours
there are 25 minutes and the default of batch.maxAge.
*/}}
{{- define "collector.alerts" -}}
{{- $rules := list -}}
{{- $age := add 1500 (include "collector.maxAge" . | int) -}}
{{- range (index (.Files.Get "files/alerts.yaml" | fromYaml).groups 0).rules -}}
{{- if not (has .alert $.Values.prometheusRule.disabled) -}}
{{- $rule := . -}}
{{- if eq .alert "CollectorBufferFillingUp" -}}
{{- $_ := set $rule "expr" (include "collector.alerts.buffer" $) -}}
{{- end -}}
{{- if eq .alert "CollectorDown" -}}
{{- $_ := set $rule "expr" (printf "up{%s} == 0 or %s" (include "collector.alerts.jobs" $) $rule.expr) -}}
{{- end -}}
{{- if and (ne $age 1800) (has .alert (list "CollectorBacklogOld" "CollectorNothingUploaded")) -}}
{{- $_ := set $rule "expr" ($rule.expr | replace "> 1800" (printf "> %d" $age) | replace "[30m]" (printf "[%ds]" $age)) -}}
{{- end -}}
{{- $_ := set $rule "expr" (replace "daemonset=\"collector\"" (printf "namespace=%q, daemonset=%q" $.Release.Namespace (include "collector.fullname" $)) $rule.expr) -}}
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
{{- printf "namespace=%q, job=~\"(%s/)?%s\"" .Release.Namespace .Release.Namespace (include "collector.fullname" .) -}}
{{- end -}}

{{/* No metric tells how large a buffer may be; the configuration does. */}}
{{- define "collector.alerts.buffer" -}}
{{- $default := "1GiB" -}}
{{- $terms := list -}}
{{- range (include "collector.outputs" . | fromYaml).outputs -}}
{{- $bytes := include "collector.bytes" (list (dig "buffer" "maxSize" $default .) $default) -}}
{{- $terms = append $terms (printf "sum without (state) (collector_buffer_bytes{output=%q}) > 0.7 * %s" (default "default" .name) $bytes) -}}
{{- end -}}
{{- join " or " $terms -}}
{{- end -}}
