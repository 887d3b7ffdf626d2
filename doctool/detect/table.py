"""By the kind of a place, what comes after it."""

from __future__ import annotations

from doctool.detect.members import follow_member
from doctool.detect.reads import follow_binding, follow_result
from doctool.detect.regions import follow_body
from doctool.detect.search import Place, Search, Steps
from doctool.detect.steps import follow_expression


def _stay(search: Search, place: Place) -> None:
    """A decision leads nowhere by itself; what it decides about was gone to already."""
    del search, place


STEPS: Steps = {
    "at": follow_expression,
    "bound": follow_binding,
    "member": follow_member,
    "result": follow_result,
    "body": follow_body,
    "gate": _stay,
}
