"""What a commit makes worse: the only thing that it should be refused for, unless a project asks for more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from doctool.check.findings import Finding, State

_TO_DO = frozenset({State.UNMEASURED, State.STALE_CODE, State.STALE_TEMPLATE})
"""What waits for the next refresh; nothing false was written."""
_WORDS = {
    State.UNMEASURED: ("an open cell", "{count} open cells"),
    State.STALE_CODE: ("figures of code that has changed since", "figures of code that has changed since"),
    State.STALE_TEMPLATE: ("text that another template or layout wrote", "text that another template or layout wrote"),
}


def lenient(findings: Sequence[Finding], before: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Return the findings with all but what the commit makes worse as warnings.

    Args:
        findings: About what is staged.
        before: About the same documents in the last commit; only asked where something could be worse.
    """
    is_grave = any(finding.state not in _TO_DO and not finding.is_warning for finding in findings)
    known = Counter(map(_identity, before())) if is_grave else Counter[tuple[str, State, str | None, str]]()
    return [_judge(finding, known) for finding in findings]


def _judge(finding: Finding, known: Counter[tuple[str, State, str | None, str]]) -> Finding:
    if finding.state in _TO_DO:
        return finding._replace(is_warning=True)
    identity = _identity(finding)
    if known[identity] > 0:
        known[identity] -= 1
        return finding._replace(is_warning=True)
    return finding


def _identity(finding: Finding) -> tuple[str, State, str | None, str]:
    """Tell findings apart wherever they stand: text moves when other text is added above it."""
    return finding.file, finding.state, finding.region, finding.message


def condensed(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield findings as lines; of what waits for the next refresh one for each table or run of lines."""
    waiting: list[list[Finding]] = []
    for finding in findings:
        if not (finding.is_warning and finding.state in _TO_DO):
            yield str(finding)
        elif waiting and _is_next(waiting[-1][-1], finding):
            waiting[-1].append(finding)
        else:
            waiting.append([finding])
    for group in waiting:
        first, (one, several) = group[0], _WORDS[group[0].state]
        what = one if len(group) == 1 else several.format(count=len(group))
        yield f"{first.file}:{first.line}: {what}; `doctool refresh {first.file}` brings it up to date"


def _is_next(last: Finding, finding: Finding) -> bool:
    is_same_kind = (last.file, last.state, last.region) == (finding.file, finding.state, finding.region)
    return is_same_kind and finding.line <= last.line + 1
