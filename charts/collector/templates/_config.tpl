{{/*
collector.yaml: config, and what the chart knows where config does not say it. Keys are set one by one: the template library's
merge would not let a false win over a true.
*/}}
{{- define "collector.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $_ := set $config "dataDir" (include "collector.dataDir" .) -}}
{{- if not $config.sources -}}
{{- $_ := set $config "sources" (list (dict "name" "containers" "type" "containers")) -}}
{{- end -}}
{{- if .Values.existingConfigMap -}}
{{- if or .Values.store .Values.storeByCloud .Values.output -}}
{{- fail (printf "existingConfigMap: %s replaces the chart's ConfigMap, and its collector.yaml has the outputs; remove store, storeByCloud and output. Where a parent chart hands it down for the log shipper that was here before, set it to \"\"" .Values.existingConfigMap) -}}
{{- end -}}
{{- else if and .Values.store $config.outputs -}}
{{- fail "store and config.outputs are both set; keep one: store is the short form for a single output" -}}
{{- else if and (not $config.outputs) (or .Values.store (and .Values.cloud .Values.storeByCloud)) -}}
{{- $output := deepCopy .Values.output -}}
{{- $_ := set $output "name" (default "default" $output.name) -}}
{{- $_ := set $output "store" (include "collector.store" . | fromYaml) -}}
{{- $_ := set $config "outputs" (list $output) -}}
{{- else if .Values.output -}}
{{- fail "output is the rest of the output that store begins; set store, or write all of it into config.outputs" -}}
{{- else if not $config.outputs -}}
{{- if .Values.storeByCloud -}}
{{- fail "the cloud is not known: set cloud (aws, azure, gcp), or annotate the service account (eks.amazonaws.com/role-arn, azure.workload.identity/client-id, iam.gke.io/gcp-service-account); storeByCloud then tells the store" -}}
{{- end -}}
{{- fail "store is not set, so the chart does not know where to store the logs; set it, for example --set cloud=aws --set store.bucket=my-logs; more in the chart's README" -}}
{{- end -}}
{{- range $i, $output := $config.outputs -}}
{{- include "collector.checkKeyPrefix" (dict "place" (ternary "output.keyPrefix" (printf "config.outputs[%d].keyPrefix" $i) (empty $.Values.config.outputs)) "prefix" (default "" $output.keyPrefix)) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Refuses what the collector would refuse at its start. What a variable says is known only there. */}}
{{- define "collector.checkKeyPrefix" -}}
{{- $pieces := `^(?:[A-Za-z0-9._/=-]|\{"[A-Za-z0-9._/=-]*(?:%[FYmdHMSs][A-Za-z0-9._/=-]*)+"\}|\{(?:(?:\.(?:"[^"]+"|[A-Za-z0-9_-]+))+\|\|)+"(?:[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*|\.{3,})"\})*` -}}
{{- $rest := regexReplaceAll $pieces .prefix "" -}}
{{- if and $rest (not (contains "${" .prefix)) -}}
{{- fail (printf "%s: %q is not valid from %q on, and the collector would not start with it; outside of braces write only A-Z a-z 0-9 - _ . / =, in braces a field with a fallback ({.kubernetes.pod_name||\"none\"}) or a date ({\"%%Y/%%m/%%d\"})" .place .prefix $rest) -}}
{{- end -}}
{{- $outline := regexReplaceAll `\{\.[^{}]*\}` (regexReplaceAll `\{"([^"]*)"\}` .prefix "${1}") "*" -}}
{{- if or (hasPrefix "/" $outline) (contains "//" $outline) (regexMatch `(?:^|/)\.\.?(?:/|$)` $outline) -}}
{{- fail (printf "%s: %q begins with '/', or has a path segment that is empty, '.' or '..'; the collector would not start with it; remove that slash or segment" .place .prefix) -}}
{{- end -}}
{{- end -}}

{{/* The data of the ConfigMap. */}}
{{- define "collector.files" -}}
collector.yaml: |
  {{- include "collector.config" . | nindent 2 }}
{{- if and (eq .Values.cloud "gcp") (include "collector.identity.isProjected" .) }}
gcp-credentials.json: |
  {{- include "collector.identity.gcpCredentials" . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The outputs of collector.yaml, as {outputs: […]}. */}}
{{- define "collector.outputs" -}}
{{- dict "outputs" (default (list) (get (include "collector.config" . | fromYaml) "outputs")) | toYaml -}}
{{- end -}}

{{/* The store of the short form, with what follows from the cloud. */}}
{{- define "collector.store" -}}
{{- $store := deepCopy .Values.store -}}
{{- if .Values.cloud -}}
{{- $others := default (dict) (get .Values.storeByCloud .Values.cloud) -}}
{{- range $key, $template := $others -}}
{{- $value := tpl $template $ -}}
{{- if and $value (not (get $store $key)) -}}{{- $_ := set $store $key $value -}}{{- end -}}
{{- end -}}
{{- $type := get (dict "aws" "s3" "azure" "azureBlob" "gcp" "gcs") .Values.cloud -}}
{{- if ne (default $type $store.type) $type -}}
{{- fail (printf "store.type: %s is not the store of cloud %s; remove one of them" $store.type .Values.cloud) -}}
{{- end -}}
{{- range get (dict "aws" (list "bucket") "azure" (list "account" "container") "gcp" (list "bucket")) .Values.cloud -}}
{{- if not (or (get $store .) (and (eq . "account") (eq "connectionString" (dig "authentication" "type" "" $store)))) -}}
{{- if hasKey $others . -}}
{{- $from := regexFindAll `\.Values\.[\w.-]+` (get $others .) -1 | join " or " | replace ".Values." "" -}}
{{- fail (printf "store.%s is empty: storeByCloud.%s.%s takes it from %s, which is not set" . $.Values.cloud . (default (get $others .) $from)) -}}
{{- end -}}
{{- fail (printf "store.%s is not set, and cloud %s needs it" . $.Values.cloud) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $store "type" $type -}}
{{- $authentication := default (dict) $store.authentication -}}
{{- if not $authentication.type -}}
{{- range $key, $value := include "collector.authentication" . | fromYaml -}}
{{- if not (hasKey $authentication $key) -}}{{- $_ := set $authentication $key $value -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $authentication -}}
{{- $_ := set $store "authentication" $authentication -}}
{{- end -}}
{{- else if not $store.type -}}
{{- fail "store.type is not set; write it (s3, azureBlob, gcs, filesystem), or the cloud" -}}
{{- end -}}
{{- toYaml $store -}}
{{- end -}}

{{/* An explicit type where the identity is known, so that one that is missing is an error that names it. */}}
{{- define "collector.authentication" -}}
{{- if eq .Values.cloud "azure" -}}
type: workloadIdentity
{{- else if and (eq .Values.cloud "gcp") .Values.identity.webhook -}}
type: workloadIdentity
{{- else if eq .Values.cloud "gcp" -}}
type: externalAccount
credentialsFile: /etc/collector/gcp-credentials.json
{{- else if hasKey .Values.serviceAccount.annotations "eks.amazonaws.com/role-arn" -}}
type: webIdentity
{{- else -}}
{}
{{- end -}}
{{- end -}}
