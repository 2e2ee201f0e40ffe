{{/* Values that Kubernetes would accept, and with which the collector would not start, or not do what they say. */}}
{{- define "collector.checks" -}}
{{- include "collector.checkIdentity" . -}}
{{- include "collector.checkUser" . -}}
{{- include "collector.checkPaths" . -}}
{{- $rolling := default (dict) (default (dict) .Values.updateStrategy).rollingUpdate -}}
{{- if not (has (toString (default 0 $rolling.maxSurge)) (list "0" "0%")) -}}
{{- fail "updateStrategy.rollingUpdate.maxSurge: two collectors cannot share a data dir, so the new pod would wait for the old one for ever; remove maxSurge, and set maxUnavailable" -}}
{{- end -}}
{{- $isRolling := ne (default "RollingUpdate" (default (dict) .Values.updateStrategy).type) "OnDelete" -}}
{{- if and $isRolling (hasKey $rolling "maxUnavailable") (regexMatch `^0+%?$` (toString $rolling.maxUnavailable)) -}}
{{- fail (printf "updateStrategy.rollingUpdate.maxUnavailable: with %v no pod may be replaced, because maxSurge is 0, too, and Kubernetes refuses this; set it to 1 or more, or to a share like 10%%" $rolling.maxUnavailable) -}}
{{- end -}}
{{- if and .Values.podMonitor.create .Values.serviceMonitor.create -}}
{{- fail "podMonitor.create and serviceMonitor.create are both true: Prometheus would scrape each collector twice, and sums over its metrics would be doubled; keep one of them" -}}
{{- end -}}
{{- end -}}

{{- define "collector.identityAnnotations" -}}
aws: eks.amazonaws.com/role-arn
azure: azure.workload.identity/client-id
gcp: iam.gke.io/gcp-service-account
{{- end -}}

{{/* One file of values may serve several clouds, so another cloud's annotation is a mistake only where this cloud's own is missing. */}}
{{- define "collector.checkIdentity" -}}
{{- $names := include "collector.identityAnnotations" . | fromYaml -}}
{{- $annotations := .Values.serviceAccount.annotations -}}
{{- if and .Values.cloud (not (get $annotations (get $names .Values.cloud))) -}}
{{- range $cloud, $name := $names -}}
{{- if get $annotations $name -}}
{{- fail (printf "serviceAccount.annotations: %s names an identity of cloud %s, and cloud is %s; set %s in its place, or cloud=%s" $name $cloud $.Values.cloud (get $names $.Values.cloud) $cloud) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The data dir belongs to one user, and root is the only other one that the chart knows. */}}
{{- define "collector.checkUser" -}}
{{- $uid := include "collector.uid" . -}}
{{- $asked := .Values.securityContext.runAsUser -}}
{{- if and (not (kindIs "invalid" $asked)) (ne (toString $asked) $uid) -}}
{{- fail (printf "securityContext.runAsUser: %v is not the user of the data dir, %s; remove it: the collector runs as 10001 with nonRoot=true, else as root" $asked $uid) -}}
{{- end -}}
{{- if and (not .Values.nonRoot) (or .Values.securityContext.runAsNonRoot .Values.podSecurityContext.runAsNonRoot) -}}
{{- fail "runAsNonRoot: kubelet would not start the collector, which runs as root; set nonRoot=true in its place" -}}
{{- end -}}
{{- end -}}

{{/* Absolute, a directory below the root, and without segments that Kubernetes refuses. Takes (list place path). */}}
{{- define "collector.checkPath" -}}
{{- $path := index . 1 -}}
{{- if and $path (or (not (hasPrefix "/" $path)) (regexMatch `(^|/)\.\.?(/|$)` $path)) -}}
{{- fail (printf "%s: %s is not a path that can be mounted; write an absolute path without . and .. in it" (index . 0) $path) -}}
{{- end -}}
{{- if regexMatch `^/+$` (toString $path) -}}
{{- fail (printf "%s: %s is the root, which would take the place of the container's own files, so it could not start; write the directory itself, like /var/log" (index . 0) $path) -}}
{{- end -}}
{{- end -}}

{{- define "collector.checkPaths" -}}
{{- include "collector.checkPath" (list "config.dataDir" (include "collector.dataDir" .)) -}}
{{- include "collector.checkPath" (list "hostPaths.varLog" .Values.hostPaths.varLog) -}}
{{- include "collector.checkPath" (list "hostPaths.dockerContainers" .Values.hostPaths.dockerContainers) -}}
{{- if not .Values.existingConfigMap -}}
{{- $mounts := list .Values.hostPaths.varLog (default "" .Values.hostPaths.dockerContainers) -}}
{{- range .Values.extraVolumeMounts -}}{{- $mounts = append $mounts .mountPath -}}{{- end -}}
{{- range $i, $source := default (list (dict "type" "containers")) .Values.config.sources -}}
{{- range $key, $default := dict "path" "/var/log/containers/*.log" "podLogs" "/var/log/pods" -}}
{{- $path := default (ternary $default "" (eq (default "" $source.type) "containers")) (get $source $key) -}}
{{- include "collector.checkMounted" (list (printf "config.sources[%d].%s" $i $key) $path $mounts "hostPaths.varLog") -}}
{{- end -}}
{{- include "collector.checkMounted" (list (printf "config.sources[%d].dockerRoot" $i) (default "" $source.dockerRoot) $mounts "hostPaths.dockerContainers") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A pattern may begin above a mount: /srv/[ab]/x.log, where /srv/a is mounted. Takes (list place pattern mounts hostPath). */}}
{{- define "collector.checkMounted" -}}
{{- $path := index . 1 -}}
{{- $fixed := regexFind `^[^*?\[{]*` $path -}}
{{- $isMounted := or (not (hasPrefix "/" $path)) (contains "${" $path) -}}
{{- range without (index . 2) "" -}}
{{- $mount := printf "%s/" (trimSuffix "/" (toString .)) -}}
{{- if or (hasPrefix $mount (printf "%s/" $path)) (and (ne $fixed $path) (hasPrefix $fixed $mount)) -}}{{- $isMounted = true -}}{{- end -}}
{{- end -}}
{{- if not $isMounted -}}
{{- fail (printf "%s: %s is outside of what the pod mounts (%s), so nothing would be read; mount its directory with extraVolumes and extraVolumeMounts, or correct %s" (index . 0) $path (without (index . 2) "" | join ", ") (index . 3)) -}}
{{- end -}}
{{- end -}}
