"""Topics, queues and subscriptions of the estate (08 sections 7.1 and 8.1). Names can be set in the environment."""

import json
import os
import re
from dataclasses import dataclass

import queues

_DOMAIN_EVENTS = [
    f"location.inside.prison.{event}"
    for event in ("created", "amended", "deactivated", "reactivated", "deleted", "capacity.changed", "certification.changed")
]
_NOMIS_EVENTS = ["AGENCY_INTERNAL_LOCATIONS-UPDATED", "AGY_INT_LOC_PROFILES-UPDATED", "INT_LOC_USAGE_LOCATIONS-UPDATED"]
_FOURTEEN_DAYS = 14 * 24 * 60 * 60
# Deliveries before a message goes to the dead letter queue: as in production, or with X5 of 08 section 15.8.
_DELIVERIES = {"live": 3, "fixed": 10}


@dataclass(frozen=True)
class Names:
    domain_topic: str
    prison_topic: str
    location_queue: str
    location_dlq: str
    prison_queue: str
    prison_dlq: str


def names():
    def of(variable, usual):
        return os.environ.get(variable) or usual

    return Names(
        domain_topic=of("ESTATE_DOMAIN_TOPIC", "estate-domain-events"),
        prison_topic=of("ESTATE_PRISON_TOPIC", "estate-prison-events"),
        location_queue=of("STANDIN_LOCATION_QUEUE", "hmpps_prisoner_to_nomis_location_queue"),
        location_dlq=of("ESTATE_LOCATION_DLQ", "hmpps_prisoner_to_nomis_location_dead_letter_queue"),
        prison_queue=of("STANDIN_PRISON_EVENTS_QUEUE", "prisoner_from_nomis_locations_queue"),
        prison_dlq=of("ESTATE_PRISON_DLQ", "prisoner_from_nomis_locations_dl_queue"),
    )


def arn(what, name):
    return f"arn:aws:{what}:{queues.REGION}:{queues.ACCOUNT}:{name}"


def make(port, profile, anew):
    """Makes them where they are missing; `anew`: without the messages that are in them."""
    n = names()
    for topic in (n.domain_topic, n.prison_topic):
        queues.call(port, "sns", "2010-03-31", Action="CreateTopic", Name=topic)
    _queue(port, n.location_queue, n.location_dlq, 30, _DELIVERIES[profile], anew)
    _queue(port, n.prison_queue, n.prison_dlq, 120, _DELIVERIES[profile], anew)
    _subscribe(port, n.domain_topic, n.location_queue, _DOMAIN_EVENTS)
    _subscribe(port, n.prison_topic, n.prison_queue, _NOMIS_EVENTS)


def _queue(port, queue, dlq, visibility, deliveries, anew):
    for name in (queue, dlq):
        url = _value("QueueUrl", _sqs(port, Action="CreateQueue", QueueName=name))
        if anew:
            # Not purged, which a queue takes once a minute only; the private server lets a name be used again at once.
            _sqs(port, Action="DeleteQueue", QueueUrl=url)
    _sqs(port, Action="CreateQueue", QueueName=dlq)
    url = _value("QueueUrl", _sqs(port, Action="CreateQueue", QueueName=queue))
    redrive = json.dumps({"deadLetterTargetArn": arn("sqs", dlq), "maxReceiveCount": deliveries})
    wanted = {"VisibilityTimeout": str(visibility), "MessageRetentionPeriod": str(_FOURTEEN_DAYS), "RedrivePolicy": redrive}
    attributes = {}
    for number, (name, value) in enumerate(wanted.items(), start=1):
        attributes |= {f"Attribute.{number}.Name": name, f"Attribute.{number}.Value": value}
    _sqs(port, Action="SetQueueAttributes", QueueUrl=url, **attributes)


def _subscribe(port, topic, queue, event_types):
    attributes = {"Attributes.entry.1.key": "FilterPolicy", "Attributes.entry.1.value": json.dumps({"eventType": event_types})}
    queues.call(
        port, "sns", "2010-03-31", Action="Subscribe", TopicArn=arn("sns", topic), Protocol="sqs", Endpoint=arn("sqs", queue), **attributes
    )


def _sqs(port, **parameters):
    return queues.call(port, "sqs", "2012-11-05", **parameters)


def _value(name, xml):
    return re.search(f"<{name}>([^<]*)</{name}>", xml)[1]
