{{/* What a platform's webhook would put into the pod, where there is none (identity.webhook false). */}}

{{- define "collector.identity.isProjected" -}}
{{- if and .Values.cloud (not .Values.identity.webhook) -}}true{{- end -}}
{{- end -}}

{{/* An annotation of the service account, rendered. Takes (list root name why). */}}
{{- define "collector.identity.annotation" -}}
{{- $root := index . 0 -}}
{{- $name := index . 1 -}}
{{- $value := get $root.Values.serviceAccount.annotations $name -}}
{{- tpl (required (printf "serviceAccount.annotations: identity.webhook is false, so %s is needed: %s" $name (index . 2)) $value) $root -}}
{{- end -}}

{{/*
None of the directories that the platforms' webhooks mount: one that is there after all keeps the variables that it finds, but adds
its mount, and two at one path are refused.
*/}}
{{- define "collector.identity.directory" -}}
/var/run/secrets/collector
{{- end -}}

{{- define "collector.identity.audience" -}}
{{- if .Values.identity.audience -}}
{{- .Values.identity.audience -}}
{{- else if eq .Values.cloud "gcp" -}}
{{- printf "https://iam.googleapis.com/%s" (include "collector.identity.gcpProvider" .) -}}
{{- else -}}
{{- get (dict "aws" "sts.amazonaws.com" "azure" "api://AzureADTokenExchange") .Values.cloud -}}
{{- end -}}
{{- end -}}

{{- define "collector.identity.gcpProvider" -}}
{{- required "identity.gcpProvider: needed with cloud gcp and identity.webhook false: projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER" .Values.identity.gcpProvider -}}
{{- end -}}

{{- define "collector.identity.env" -}}
{{- $token := printf "%s/token" (include "collector.identity.directory" .) -}}
{{- if eq .Values.cloud "aws" -}}
- name: AWS_ROLE_ARN
  value: {{ include "collector.identity.annotation" (list . "eks.amazonaws.com/role-arn" "the role's ARN") | quote }}
- name: AWS_WEB_IDENTITY_TOKEN_FILE
  value: {{ $token }}
- name: AWS_STS_REGIONAL_ENDPOINTS
  value: regional
{{- with .Values.store.region }}
- name: AWS_REGION
  value: {{ . }}
{{- end }}
{{- else if eq .Values.cloud "azure" -}}
- name: AZURE_CLIENT_ID
  value: {{ include "collector.identity.annotation" (list . "azure.workload.identity/client-id" "the identity's client id") | quote }}
- name: AZURE_TENANT_ID
  value: {{ include "collector.identity.annotation" (list . "azure.workload.identity/tenant-id" "the tenant's id") | quote }}
- name: AZURE_FEDERATED_TOKEN_FILE
  value: {{ $token }}
- name: AZURE_AUTHORITY_HOST
  value: https://login.microsoftonline.com/
{{- else -}}
- name: GOOGLE_APPLICATION_CREDENTIALS
  value: /etc/collector/gcp-credentials.json
{{- end -}}
{{- end -}}

{{- define "collector.identity.gcpCredentials" -}}
{{- $credentials := dict
  "type" "external_account"
  "audience" (printf "//iam.googleapis.com/%s" (include "collector.identity.gcpProvider" .))
  "subject_token_type" "urn:ietf:params:oauth:token-type:jwt"
  "token_url" "https://sts.googleapis.com/v1/token"
  "credential_source" (dict "file" (printf "%s/token" (include "collector.identity.directory" .))) -}}
{{- with get .Values.serviceAccount.annotations "iam.gke.io/gcp-service-account" -}}
{{- $_ := set $credentials "service_account_impersonation_url" (printf "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/%s:generateAccessToken" (tpl . $)) -}}
{{- end -}}
{{- toPrettyJson $credentials -}}
{{- end -}}
