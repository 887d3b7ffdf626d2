"""Records, a template and a region in; text in which every number can be followed out.

Pure: the same records, template and region always give the same text. Nothing here reads documents or measures.
"""

from __future__ import annotations

from doctool.render.given import Facts, is_on
from doctool.render.region_text import Rendered, render_region
from doctool.render.sources import template_names
from doctool.render.trace import Figure

__all__ = [
    "Facts",
    "Figure",
    "Rendered",
    "is_on",
    "render_region",
    "template_names",
]
