"""Reads the document as the service means it, before schemathesis does.

The contract calls its local times without zone `date-time`, as the live document does. The format of that name wants a zone,
so here a pattern takes its place.
"""

import schemathesis

TIME = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?Z?$"


def local_times(node):
    if isinstance(node, dict):
        if node.get("format") == "date-time":
            del node["format"]
            node["pattern"] = TIME
        node = node.values()
    if not isinstance(node, str):
        for child in node if hasattr(node, "__iter__") else ():
            local_times(child)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    local_times(raw_schema)
