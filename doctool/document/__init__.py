"""Markdown documents as bytes: their managed regions, their open numbers, and surgery that changes nothing else.

Pure: bytes in, bytes out. It knows neither records nor templates, and reads and writes no file.
"""

from __future__ import annotations

from doctool.document.address import Address, cell_addresses, parse_address
from doctool.document.adopt import Adoption, Left, adopt
from doctool.document.claims import Claim, find_claims
from doctool.document.glance import may_matter
from doctool.document.kept import postponed_in_regions
from doctool.document.parsing import Document, has_region, parse
from doctool.document.reflow import digest_of, is_edited, says_the_same
from doctool.document.region import ManagedRegion, Region
from doctool.document.sightings import Placeholder
from doctool.document.splice import Replacement, splice

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
    "has_region",
    "is_edited",
    "may_matter",
    "parse",
    "parse_address",
    "postponed_in_regions",
    "says_the_same",
    "splice",
]
