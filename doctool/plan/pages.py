"""Documents on their way through doctool: read, adopted, asked what they need, filled.

Pure but for reading the files. It knows which records belong into which region.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from doctool import document
from doctool.document import Adoption, Document, ManagedRegion, Region
from doctool.errors import DocumentError
from doctool.plan import SELFTEST, TRAINING, TRIALS, Need, needs_of_mechanism
from doctool.project import Project
from doctool.project.config import Config, Language
from doctool.render.whole import SUMMARY
from doctool.system.reading import DOCUMENT_BYTES, read_file
from doctool.terms.metrics import METRICS, Family


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it was read, with its placeholder tables turned into regions.

    Args:
        name: Path relative to the project's root.
        path: The file.
        data: Its bytes.
        language: Language of the words written into it.
        adoption: The regions, and what could not be turned into one.
        replaces_estimates: Whether estimates were taken for placeholders.
    """

    name: str
    path: Path
    data: bytes
    language: Language
    adoption: Adoption
    replaces_estimates: bool = False

    @property
    def document(self) -> Document:
        """The document, adopted regions included."""
        return self.adoption.document

    def without(self, regions: Collection[str]) -> Page:
        """Return the page with some of the regions that were just adopted as their author wrote them."""
        if not set(self.adoption.adopted).intersection(regions):
            return self
        only = {managed.id: managed.region for managed in self.document.regions if managed.id not in regions}
        parsed = document.parse(self.data, self.name, self.document.vocabulary)
        adoption = document.adopt(parsed, replace_estimates=self.replaces_estimates, only=only)
        return msgspec.structs.replace(self, adoption=adoption)


def read_page(project: Project, name: str, *, replace_estimates: bool = False) -> Page:
    """Read a document and adopt its placeholders.

    Raises:
        DocumentError: If it cannot be read, or a marker in it is malformed.
    """
    data = read_document(project, name)
    return Page(
        name=name,
        path=project.root / name,
        data=data,
        language=project.settings_of(name).language,
        adoption=document.adopt(document.parse(data, name, project.vocabulary), replace_estimates=replace_estimates),
        replaces_estimates=replace_estimates,
    )


def read_document(project: Project, name: str) -> bytes:
    """Read a document's bytes.

    Args:
        project: The project.
        name: The document, relative to the project's root.

    Raises:
        DocumentError: If there is no such file inside the project, or it cannot be read.
    """
    try:
        return read_file(project.root / name, inside=project.root, limit=DOCUMENT_BYTES)
    except OSError as problem:
        raise DocumentError(f"this document cannot be read: {problem.strerror}", file=name) from problem


def needs_of_region(managed: ManagedRegion, config: Config, file: str) -> tuple[Need, ...]:
    """Return the records a region asks for, in the order of its cells.

    Raises:
        DocumentError: If a cell does not say which mechanism or workload it means.
    """
    if managed.region.template == TRIALS:
        return (Need(mechanism=SELFTEST, workload=TRIALS),)
    if managed.region.template == SUMMARY:
        summarised = needs_of_summary(managed.region, config)
        if summarised:
            return summarised
    addresses = document.cell_addresses(managed.region, tuple(config.mechanisms), tuple(config.workloads))
    needs: dict[Need, None] = {}
    for address in addresses:
        if address.metric is None:
            continue
        is_training = METRICS[address.metric.partition("/")[0]].family is Family.TRAINING
        workload = TRAINING if is_training else address.workload
        for what, value in (("mechanism", address.mechanism), ("workload", workload)):
            if value is None:
                raise DocumentError(
                    f"region {managed.id!r} does not say which {what} '{address.metric}' is about; "
                    f"add '{what}: NAME' to its begin comment",
                    file=file,
                    line=managed.line,
                )
        if is_training and config.mechanisms[str(address.mechanism)].train is None:
            raise DocumentError(
                f"region {managed.id!r} asks for '{address.metric}', and mechanism {address.mechanism!r} has no "
                "'train' section in doctool.yaml; add one, or remove the row",
                file=file,
                line=managed.line,
            )
        needs[Need(mechanism=str(address.mechanism), workload=str(workload))] = None
    return tuple(needs)


def needs_of_summary(region: Region, config: Config) -> tuple[Need, ...]:
    """Return what the rows of a summary name: all that is compared of them, under the workloads of the columns."""
    names = (tuple(config.mechanisms), tuple(config.workloads))
    rows = [document.parse_address(text, *names) for text in region.rows.values()]
    if any(row.metric for row in rows):
        return ()
    wanted = {document.parse_address(text, *names).workload for text in region.columns.values()}
    return tuple(
        need
        for row in rows
        if row.mechanism in config.mechanisms
        for need in needs_of_mechanism(config, row.mechanism)
        if row.workload in {None, need.workload} and (not wanted or need.workload in wanted)
    )


def pins_of_region(managed: ManagedRegion, config: Config) -> tuple[Mapping[str, str], ...]:
    """Return the hardware pins of a region's cells, without repeats; an empty one stands for this machine."""
    if managed.region.template == TRIALS or (
        managed.region.template == SUMMARY and needs_of_summary(managed.region, config)
    ):
        return (managed.region.where,)
    addresses = document.cell_addresses(managed.region, tuple(config.mechanisms), tuple(config.workloads))
    pins = [{**managed.region.where, **address.where} for address in addresses if address.metric is not None]
    return tuple(pin for index, pin in enumerate(pins) if pin not in pins[:index])


def unified_diff(name: str, before: bytes, after: bytes) -> str:
    """Return the change of a document as a unified diff."""
    old, new = (data.decode("utf-8", "surrogateescape").split("\n") for data in (before, after))
    lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="")
    return "".join(f"{line}\n" for line in lines)
