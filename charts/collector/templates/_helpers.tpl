{{/*
Every template begins with it: a key that a values file leaves empty (`podLabels:`), or that --reuse-values does not know yet, is not
there at all, and is then taken for an empty one.
*/}}
{{- define "collector.init" -}}
{{- range list "global" "store" "storeByCloud" "output" "config" "identity" "commonLabels" "image" "serviceAccount" "rbac" "podLabels"
  "additionalPodLabels" "podAnnotations" "annotations" "resourceQuota" "securityContext" "podSecurityContext" "dataDir" "lifecycle" "dnsConfig" "openshift" "hostPaths" "service" "podMonitor"
  "serviceMonitor" "prometheusRule" "dashboard" "networkPolicy" "tests" -}}
{{- if not (kindIs "map" (get $.Values .)) -}}{{- $_ := set $.Values . dict -}}{{- end -}}
{{- end -}}
{{- range list "imagePullSecrets" "env" "extraEnv" "extraVolumeMounts" "extraObjects" "args" "initContainers" "extraContainers" "hostAliases" -}}
{{- if not (kindIs "slice" (get $.Values .)) -}}{{- $_ := set $.Values . list -}}{{- end -}}
{{- end -}}
{{- $_ := set .Values "hostNetwork" (eq (toString .Values.hostNetwork) "true") -}}
{{- range $key, $on := dict "identity" "webhook" "serviceAccount" "create" "rbac" "create" "service" "create" -}}
{{- if not (hasKey (get $.Values $key) $on) -}}{{- $_ := set (get $.Values $key) $on true -}}{{- end -}}
{{- end -}}
{{- if not .Values.serviceAccount.annotations -}}{{- $_ := set .Values.serviceAccount "annotations" dict -}}{{- end -}}
{{- if not .Values.hostPaths.varLog -}}{{- $_ := set .Values.hostPaths "varLog" "/var/log" -}}{{- end -}}
{{- if not (or .Values.image.repository .Values.global.imageRegistry) -}}
{{- fail "image.repository is not set. This project publishes no image: build one from the Dockerfile, push it to your registry, and install with --set image.repository=REGISTRY/collector" -}}
{{- end -}}
{{- if not (or .Values.cloud .Values.store.type .Values.config.outputs .Values.existingConfigMap) -}}
{{- $_ := set .Values "cloud" (include "collector.annotatedCloud" .) -}}
{{- end -}}
{{- include "collector.checks" . -}}
{{- end -}}

{{/* The cloud whose identity the service account has; empty: none is told, or more than one. */}}
{{- define "collector.annotatedCloud" -}}
{{- $clouds := list -}}
{{- range $cloud, $name := include "collector.identityAnnotations" . | fromYaml -}}
{{- if get $.Values.serviceAccount.annotations $name -}}{{- $clouds = append $clouds $cloud -}}{{- end -}}
{{- end -}}
{{- if eq (len $clouds) 1 -}}{{- first $clouds -}}{{- end -}}
{{- end -}}

{{- define "collector.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "collector.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 53 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "collector.names" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The component keeps the pod of helm test out: a DaemonSet adopts, and then deletes, what its selector matches. */}}
{{- define "collector.selectorLabels" -}}
{{ include "collector.names" . }}
app.kubernetes.io/component: agent
{{- end -}}

{{- define "collector.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "collector.names" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | replace "+" "_" | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with omit .Values.commonLabels "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" }}
{{ include "collector.strings" . }}
{{- end }}
{{- end -}}

{{- define "collector.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "collector.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "collector.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- $repository := default "collector" .Values.image.repository -}}
{{- with .Values.global.imageRegistry -}}
{{- /* A name with a dot or a port in front is a registry: it is replaced. */ -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) (regexReplaceAll "^[^/]*[.:][^/]*/" $repository "") -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository $tag -}}
{{- end -}}
{{- end -}}

{{/*
Labels of the pod that are not selectors, which nobody may change: a DaemonSet must match its pods. Azure's webhook looks at the
pod's label, not at the account's annotation.
*/}}
{{- define "collector.extraPodLabels" -}}
{{- $labels := dict -}}
{{- $annotations := .Values.serviceAccount.annotations -}}
{{- if or (eq .Values.cloud "azure") (hasKey $annotations "azure.workload.identity/client-id") -}}
{{- $labels = dict "azure.workload.identity/use" "true" -}}
{{- end -}}
{{- $global := default (dict) .Values.global.additionalPodLabels -}}
{{- $labels = mergeOverwrite $labels (deepCopy $global) .Values.commonLabels .Values.podLabels .Values.additionalPodLabels -}}
{{- include "collector.strings" (omit $labels "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component") -}}
{{- end -}}

{{/* Labels and annotations are strings, whatever --set makes of true and 3600. */}}
{{- define "collector.strings" -}}
{{- $strings := dict -}}
{{- range $name, $value := . -}}
{{- $_ := set $strings $name (toString $value) -}}
{{- end -}}
{{- if $strings -}}
{{- toYaml $strings -}}
{{- end -}}
{{- end -}}

{{/* The longest batch.maxAge of the outputs, in seconds. */}}
{{- define "collector.maxAge" -}}
{{- $age := 0 -}}
{{- range (include "collector.outputs" . | fromYaml).outputs -}}
{{- $age = max $age (include "collector.seconds" (list (dig "batch" "maxAge" "5m" .) "5m") | int) -}}
{{- end -}}
{{- $age -}}
{{- end -}}

{{/* Whether a key of config.kubernetes is on, or may be: ${VAR} is known only to the collector. Takes the key's value. */}}
{{- define "collector.isOn" -}}
{{- if or (eq (toString .) "true") (contains "${" (toString .)) -}}true{{- end -}}
{{- end -}}

{{- define "collector.kubernetes" -}}
{{- include "collector.isOn" (dig "kubernetes" "enabled" true .Values.config) -}}
{{- end -}}

{{- define "collector.dataDir" -}}
{{- $dir := dig "dataDir" "/var/lib/collector" .Values.config -}}
{{- if contains "${" $dir -}}
{{- fail "config.dataDir: the chart mounts it, so it cannot be a variable; write a path" -}}
{{- end -}}
{{- $dir -}}
{{- end -}}

{{- define "collector.port" -}}
{{- $listen := dig "telemetry" "listen" ":2020" .Values.config -}}
{{- $port := regexFind "[0-9]+$" $listen -}}
{{- if or (not $port) (eq $port "0") -}}
{{- fail "config.telemetry.listen: must end in a port, which the probes and the monitors ask" -}}
{{- end -}}
{{- if and (not .Values.hostNetwork) (regexMatch "^(127\\.|localhost|\\[::1\\])" $listen) -}}
{{- fail "config.telemetry.listen: kubelet cannot reach a loopback address; write \":2020\", and networkPolicy.create to close it" -}}
{{- end -}}
{{- $port -}}
{{- end -}}

{{/* Seconds of a duration like 1h30m or 25s, rounded up. A variable is not known here: the default is taken. Takes (list value default). */}}
{{- define "collector.seconds" -}}
{{- $value := index . 0 -}}
{{- if contains "${" $value -}}{{- $value = index . 1 -}}{{- end -}}
{{- $milliseconds := 0 -}}
{{- range regexFindAll "[0-9]+(ms|h|m|s)" $value -1 -}}
{{- $unit := get (dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000) (regexFind "[a-z]+" .) -}}
{{- $milliseconds = add $milliseconds (mul (regexFind "[0-9]+" . | int64) $unit) -}}
{{- end -}}
{{- div (add $milliseconds 999) 1000 -}}
{{- end -}}

{{- define "collector.grace" -}}
{{- $grace := include "collector.seconds" (list (dig "shutdown" "grace" "25s" .Values.config) "25s") | int -}}
{{- if kindIs "invalid" .Values.terminationGracePeriodSeconds -}}
{{- add $grace 15 -}}
{{- else if le (int .Values.terminationGracePeriodSeconds) $grace -}}
{{- fail (printf "terminationGracePeriodSeconds: %d s is not more than config.shutdown.grace, %d s; the collector would be killed in its drain" (int .Values.terminationGracePeriodSeconds) $grace) -}}
{{- else -}}
{{- int .Values.terminationGracePeriodSeconds -}}
{{- end -}}
{{- end -}}
