{{/* The directories of filesystem stores: of the node, unless extraVolumeMounts has something there. One path a line. */}}
{{- define "collector.storeDirectories" -}}
{{- $mounted := list -}}
{{- range .Values.extraVolumeMounts -}}
{{- $mounted = append $mounted (trimSuffix "/" .mountPath) -}}
{{- end -}}
{{- $directories := list -}}
{{- range (include "collector.outputs" . | fromYaml).outputs -}}
{{- $path := default "" .store.path | trimSuffix "/" -}}
{{- $covered := or (eq $path "") (contains "${" $path) -}}
{{- range $mounted -}}
{{- if or (eq $path .) (hasPrefix (printf "%s/" .) $path) -}}{{- $covered = true -}}{{- end -}}
{{- end -}}
{{- if not $covered -}}{{- $directories = append $directories $path -}}{{- end -}}
{{- end -}}
{{- uniq $directories | join "\n" -}}
{{- end -}}

{{- define "collector.storeMounts" -}}
{{- range $i, $path := include "collector.storeDirectories" . | splitList "\n" | compact -}}
{{- if $i }}{{ "\n" }}{{ end -}}
- {name: store-{{ $i }}, mountPath: {{ $path }}}
{{- end -}}
{{- end -}}

{{- define "collector.uid" -}}
{{- ternary 10001 0 (eq (toString .Values.nonRoot) "true") -}}
{{- end -}}

{{- define "collector.isPrepared" -}}
{{- if or .Values.nonRoot .Values.prepareDataDir -}}true{{- end -}}
{{- end -}}

{{- define "collector.volumes" -}}
- name: config
  configMap:
    name: {{ default (include "collector.fullname" .) (tpl (default "" .Values.existingConfigMap) .) }}
- name: data
{{- if eq (default "hostPath" .Values.dataDir.type) "emptyDir" }}
  emptyDir: {}
{{- else }}
  hostPath:
    path: {{ include "collector.dataDir" . }}
    type: DirectoryOrCreate
{{- end }}
- name: varlog
  hostPath:
    path: {{ .Values.hostPaths.varLog }}
{{- with .Values.hostPaths.dockerContainers }}
- name: dockercontainers
  hostPath:
    path: {{ . }}
{{- end }}
{{- range $i, $path := include "collector.storeDirectories" . | splitList "\n" | compact }}
- name: store-{{ $i }}
  hostPath:
    path: {{ $path }}
    type: DirectoryOrCreate
{{- end }}
{{- if include "collector.identity.isProjected" . }}
- name: identity
  projected:
    sources:
      - serviceAccountToken:
          path: token
          audience: {{ include "collector.identity.audience" . }}
          expirationSeconds: {{ int .Values.identity.tokenExpirationSeconds }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ tpl (toYaml .) $ }}
{{- end }}
{{- end -}}

{{- define "collector.volumeMounts" -}}
- {name: config, mountPath: /etc/collector, readOnly: true}
- {name: data, mountPath: {{ include "collector.dataDir" . }}}
# Under its own name: the links in it are absolute.
- {name: varlog, mountPath: {{ .Values.hostPaths.varLog }}, readOnly: true}
{{- with .Values.hostPaths.dockerContainers }}
- {name: dockercontainers, mountPath: {{ . }}, readOnly: true}
{{- end }}
{{- with include "collector.storeMounts" . }}
{{ . }}
{{- end }}
{{- if include "collector.identity.isProjected" . }}
- {name: identity, mountPath: {{ include "collector.identity.directory" . }}, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "collector.seLinuxOptions" -}}
{{- $options := .Values.securityContext.seLinuxOptions -}}
{{- if and .Values.openshift.enabled (not $options) -}}
{{- /* What a container's own type may not: read the logs of others, keep files on the node. */ -}}
{{- $options = dict "type" "spc_t" -}}
{{- end -}}
{{- if $options -}}
{{- toYaml $options -}}
{{- end -}}
{{- end -}}

{{/* What the values say of the container wins over what the chart sets. */}}
{{- define "collector.containerSecurityContext" -}}
{{- $own := omit .Values.securityContext "seLinuxOptions" -}}
{{- if $own -}}
{{- mergeOverwrite (include "collector.securityContext" . | fromYaml) (deepCopy $own) | toYaml -}}
{{- else -}}
{{- include "collector.securityContext" . -}}
{{- end -}}
{{- end -}}

{{- define "collector.securityContext" -}}
{{- if .Values.nonRoot -}}
runAsUser: {{ include "collector.uid" . }}
# kubelet's logs are 0640 root:root.
runAsGroup: 0
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- else -}}
runAsUser: 0
runAsGroup: 0
capabilities:
  drop: [ALL]
  # Reads any log, whatever its owner and mode, and writes nothing but its own.
  add: [DAC_READ_SEARCH]
{{- end }}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
seccompProfile:
  type: RuntimeDefault
{{- with include "collector.seLinuxOptions" . }}
seLinuxOptions:
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A parent's global ones are also written as mere names. */}}
{{- define "collector.imagePullSecrets" -}}
{{- $secrets := list -}}
{{- range concat (default (list) .Values.global.imagePullSecrets) .Values.imagePullSecrets -}}
{{- $secrets = append $secrets (ternary (dict "name" .) . (kindIs "string" .)) -}}
{{- end -}}
{{- if $secrets -}}
{{- toYaml $secrets -}}
{{- end -}}
{{- end -}}
