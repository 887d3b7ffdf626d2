"""Markdown documents as bytes: their managed regions, their open numbers, and surgery that changes nothing else.

Pure: bytes in, bytes out. It knows neither records nor templates, and reads and writes no file.
"""

from __future__ import annotations

from doctool.document.address import Address, cell_addresses, parse_address
from doctool.document.adopt import Adoption, Left, adopt
from doctool.document.claims import Claim, find_claims
from doctool.document.glance import may_matter
from doctool.document.kept import open_in_regions
from doctool.document.parsing import Document, has_region, parse
from doctool.document.placeholders import holds_number
from doctool.document.reflow import digest_of, is_edited, says_the_same
from doctool.document.region import ManagedRegion, Region
from doctool.document.sightings import Placeholder
from doctool.document.splice import Replacement, splice
from doctool.document.unfilled import find_unfilled

__all__ = [
    "Address",
    "Adoption",
    "Claim",
    "Document",
    "Left",
    "ManagedRegion",
    "Placeholder",
    "Region",
    "Replacement",
    "adopt",
    "cell_addresses",
    "digest_of",
    "find_claims",
    "find_unfilled",
    "has_region",
    "holds_number",
    "is_edited",
    "may_matter",
    "open_in_regions",
    "parse",
    "parse_address",
    "says_the_same",
    "splice",
]
