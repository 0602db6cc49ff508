# Prints what bcf-client (IfcOpenShell) reads from the archives that are its arguments, as one JSON object: path to topics, or to an error.
import json
import sys

from bcf.bcfxml import load


def selected(view):
    info = view.visualization_info
    components = info.components
    if components is None:
        return []
    if hasattr(components, "selection"):
        items = components.selection.component if components.selection else []
        return [item.ifc_guid for item in items]
    return [item.ifc_guid for item in components.component if getattr(item, "selected", False)]


def topic_of(handler):
    topic = handler.topic
    ids = [guid for view in handler.viewpoints.values() for guid in selected(view)]
    return {
        "guid": topic.guid,
        "title": topic.title,
        "status": topic.topic_status,
        "type": topic.topic_type,
        "priority": topic.priority,
        "comments": len(handler.comments),
        "globalIds": sorted(set(guid for guid in ids if guid)),
    }


found = {}
for path in sys.argv[1:]:
    try:
        archive = load(path)
        found[path] = [topic_of(handler) for handler in archive.topics.values()]
    except Exception as error:  # bcf-client has no error class of its own
        found[path] = f"{type(error).__name__}: {error}"
json.dump(found, sys.stdout)
