{{/* What everything is called, in every namespace. */}}
{{- define "name" -}}
hmpps-locations-inside-prison-api
{{- end -}}

{{/* What a Service, a policy or a budget knows our pods by. */}}
{{- define "selector" -}}
app: {{ include "name" . }}
release: {{ .Release.Name }}
{{- end -}}

{{- define "labels" -}}
{{ include "selector" . }}
environment: {{ .Values.environment | quote }}
hmpps.justice.gov.uk/product-id: {{ .Values.productId | quote }}
{{- end -}}

{{- define "image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ required "image.tag or image.digest has to be given" .Values.image.tag }}
{{- end -}}
{{- end -}}

{{/* The environment of the service and of its migration: settings first, then what comes from secrets. */}}
{{- define "env" -}}
{{- $own := dict "EVENTS_ENVIRONMENT" .Values.environment "PRODUCT_ID" .Values.productId -}}
{{- $own = merge $own (dict "SHUTDOWN_DELAY" (printf "%vs" .Values.drain.delay)) -}}
{{- $own = merge $own (dict "SHUTDOWN_TIMEOUT" (printf "%vs" .Values.drain.timeout)) -}}
{{- $settings := merge $own .Values.settings -}}
{{- range $name := keys $settings | sortAlpha }}
{{- $value := get $settings $name }}
{{- if not (kindIs "invalid" $value) }}
- name: {{ $name }}
  value: {{ tpl (toString $value) $ | quote }}
{{- end }}
{{- end }}
{{- range $secret, $keys := .Values.secrets }}
{{- range $name, $key := $keys }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef:
      name: {{ $secret }}
      key: {{ trimSuffix "?" $key }}
      {{- if hasSuffix "?" $key }}
      optional: true
      {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Of every pod, and of every container: nobody special, nothing writable. */}}
{{- define "podSecurity" -}}
runAsNonRoot: true
runAsUser: 2000
runAsGroup: 2000
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "containerSecurity" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "serviceAccountName" -}}
{{- with .Values.serviceAccount.name }}
serviceAccountName: {{ . }}
{{- end }}
{{- end -}}

{{/* Labels of the pods of a job: others than those of the service, so that nothing takes them for it. */}}
{{- define "jobLabels" -}}
app: {{ .name }}
environment: {{ .Values.environment | quote }}
hmpps.justice.gov.uk/product-id: {{ .Values.productId | quote }}
{{- end -}}

{{/* What the pods of all jobs have in common. */}}
{{- define "jobPod" -}}
restartPolicy: Never
automountServiceAccountToken: false
securityContext:
  {{- include "podSecurity" . | nindent 2 }}
{{- end -}}

{{/* What all cron jobs have in common. */}}
{{- define "cronJob" -}}
timeZone: Etc/UTC
concurrencyPolicy: Forbid
startingDeadlineSeconds: 600
successfulJobsHistoryLimit: 3
failedJobsHistoryLimit: 3
{{- end -}}

{{/* The end of an alert's expression. */}}
{{- define "when" -}}
{{- if .Values.monitoring.businessHoursOnly }} and on () (hour() >= 8 < 18) and on () (day_of_week() > 0 < 6){{ end -}}
{{- end -}}

{{/* Labels that choose the series of this release. */}}
{{- define "series" -}}
namespace="{{ .Release.Namespace }}", service="{{ include "name" . }}"
{{- end -}}

{{/* Seconds from the word to go until the process is killed: longer than the drain. */}}
{{- define "gracePeriod" -}}
{{- add .Values.drain.preStop .Values.drain.delay .Values.drain.timeout 5 -}}
{{- end -}}

{{/* Not empty if a sidecar wants the files of the chart. */}}
{{- define "mountsFiles" -}}
{{- range .Values.sidecars }}{{ if .mountPath }}yes{{ end }}{{ end -}}
{{- end -}}
