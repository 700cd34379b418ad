"""Values that must be refused: the arguments of `helm template`, and words that its message must have."""


def _set(*assignments):
    return [argument for assignment in assignments for argument in ("--set", assignment)]


BAD_VALUES = [
    # No image is named.
    ([], ["image.tag or image.digest has to be given"]),
    # Misspelt, or in the wrong place.
    (_set("replica=3"), ["replica"]),
    (_set("ingress.hots=a.example"), ["/ingress", "hots"]),
    (_set("settings.API_TIMEOOT=5s"), ["/settings", "API_TIMEOOT"]),
    (_set("generic-service.replicaCount=3"), ["generic-service"]),
    # Of a wrong type, or out of range.
    (_set("replicas=two"), ["/replicas", "integer"]),
    (_set("replicas=0"), ["/replicas"]),
    (_set("drain.preStop=0"), ["/drain/preStop"]),
    (_set("drain.timeout=25s"), ["/drain/timeout", "integer"]),
    (_set("monitoring.thresholds.errorRatio=2"), ["/monitoring/thresholds/errorRatio"]),
    (_set("autoscaling.enabled=sometimes"), ["/autoscaling/enabled", "boolean"]),
    (_set("settings.SERVICE_RESIDENTIAL_ACTIVATED_PER_PRISON=maybe"), ["SERVICE_RESIDENTIAL_ACTIVATED_PER_PRISON", "boolean"]),
    (_set("settings.API_TIMEOUT=soon"), ["/settings/API_TIMEOUT"]),
    (_set("settings.DATABASE_POOL_SIZE=many"), ["/settings/DATABASE_POOL_SIZE"]),
    (_set("settings.API_BASE_URL_PRISON_API=prison-api"), ["/settings/API_BASE_URL_PRISON_API"]),
    (_set("settings.HMPPS_SQS_PROVIDER=rabbit"), ["/settings/HMPPS_SQS_PROVIDER"]),
    (_set("image.digest=abc"), ["/image/digest"]),
    (_set("ingress.allowList={everybody}"), ["/ingress/allowList/0"]),
    (_set("scheduledDowntime.up=early"), ["/scheduledDowntime/up"]),
    (_set("environment=Staging Two"), ["/environment"]),
    (_set("sidecars.stub.image=stub:1"), ["/sidecars/stub", "port"]),
    # Secrets belong into secrets, and what the chart works out itself is said once.
    (_set("settings.DATABASE_PASSWORD=hunter2"), ["/settings", "DATABASE_PASSWORD"]),
    (_set("settings.LOCATIONS_INSIDE_PRISON_API_CLIENT_SECRET=hunter2"), ["/settings", "CLIENT_SECRET"]),
    (_set("settings.SHUTDOWN_TIMEOUT=60s"), ["/settings", "SHUTDOWN_TIMEOUT"]),
    (_set("secrets.mine.DATABASE_PASWORD=password"), ["/secrets/mine", "DATABASE_PASWORD"]),
    # What one switch needs of another.
    (_set("reconciliation.image="), ["reconciliation.image has to be given"]),
    (_set("serviceAccount.create=true"), ["serviceAccount.roleArn has to be given"]),
]
