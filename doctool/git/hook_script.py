"""The text of doctool's hooks.

POSIX shell. For a commit that touches nothing doctool looks after, git and the shell decide, and no Python is started.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Literal

import msgspec

from doctool.vocabulary.placeholders import STEMS

HookKind = Literal["pre-commit", "pre-push"]

CHAINED_SUFFIX = ".before-doctool"
MARK = "# doctool hook: "


class Baked(msgspec.Struct, frozen=True, kw_only=True):
    """What is written into a hook when it is installed.

    Args:
        program: The doctool of the environment that installs it, absolute.
        root: The project's root, from the top of the work tree; `.` if it is the same.
        config: Git's name of the configuration file.
        config_id: Id of the configuration's blob; while the index has the same, the rest is right.
        documents: Git's names of the documents.
        names: Git's names of what else matters: files and directories.
        knows_prose: Whether the shell may tell what is only prose; not where the project has placeholders of its own.
    """

    program: str
    root: str
    config: str
    config_id: str
    documents: Sequence[str]
    names: Sequence[str]
    knows_prose: bool = True


def script_of(kind: HookKind, baked: Baked) -> str:
    """Return the whole text of a hook."""
    parts = (_PRE_COMMIT, _prefilter(baked)) if kind == "pre-commit" else (_PRE_PUSH,)
    command = "check --staged" if kind == "pre-commit" else "check --push"
    return "\n".join((_HEAD.format(mark=MARK, kind=kind, chained=kind + CHAINED_SUFFIX), *parts, _run(baked, command)))


_HEAD = """\
#!/bin/sh
{mark}{kind}
# Made by `doctool hook install`; `doctool hook uninstall` takes it away and brings the earlier hook back.
before=${{0%/*}}/{chained}
"""

_PRE_COMMIT = """\
if [ -x "$before" ]; then
    "$before" "$@" || exit $?
fi
"""

_PRE_PUSH = """\
# The character behind the last line keeps the shell from dropping its end.
refs=$(cat && printf x)
refs=${refs%x}
if [ -x "$before" ]; then
    printf '%s' "$refs" 2>/dev/null | "$before" "$@" || exit $?
fi
[ -n "$refs" ] || exit 0
"""


# Bytes beyond ASCII as awk writes them.
_STEMS = "|".join("".join(chr(byte) if byte < 0x80 else f"\\{byte:03o}" for byte in stem) for stem in STEMS)
_IS_PROSE = r"""
# Reads diffs with the whole text as context. Ends with 0 if no line that matters to doctool differs: outside of
# regions, only lines of words, numbers without a unit, plain punctuation, links, emphasis and code within a line: no
# table, heading or comment, and nothing that may be a placeholder. List items and quotes may differ in words alone.
# Where a paragraph differs, none of its lines may have a number with what could be a unit either.
function is_figure(text) {
    text = tolower(text)
    return text ~ /%|perplex|perpleks|ppl|\) *[:=]|^ *[:=]|[0-9] ?$/ ||
        text ~ /[0-9]([^] .,;:!?)'"0-9a-z]|[]]|  )/ || text ~ /[0-9] ?[\200-\377]/ ||
        text ~ /[0-9] ?(s([^a-z]|$|n|ec|an|t|am)|m([sibft ]|tok)|[un](s|at)|k[ bit]|kat|[tg][ib]|[tgp]?flop|[pf]b)/ ||
        text ~ /[0-9] ?(tok|tho|ti|tp|bin|it|re|fr|im|fp|fo|qp|per[cp]|pp|x|p?f|[0-9]+$)/
}
function marks_of(text) { match(text, /^[ >]*([-+*] +|[0-9]+[.)] +)?/); return substr(text, 1, RLENGTH) }
# 1 where a blank line would end what begins here, 2 where it would not: of comments, nothing is ever read.
function is_html(text) {
    text = substr(tolower(text), length(marks_of(text)) + 1)
    return text !~ /^</ || text ~ /^<!--/ ? 0 : 1 + (text ~ /^<(pre|script|style|textarea|[?!])/)
}
# Whether words that stand for a number may be behind a label: `Latency: pending`.
function is_asking(text, pieces, n, i) {
    if (text !~ /:|\357\274\232/) return 0
    n = split(tolower(text), pieces, /[:;,()]|\357\274\232/)
    for (i = 2; i <= n; i++) {
        if (length(pieces[i]) > (pieces[i] ~ /[\200-\377]/ ? 150 : 64)) continue
        if (pieces[i] ~ /^ *([-?~]|[.][.])|@STEMS@/) return 1
    }
    return 0
}
function is_odd(text) {
    if (text ~ /X|xx|x[.,]x|TB|T\.B|tb|(^|[ (~*])[?]/ || is_asking(text)) return 1
    gsub(/`[A-Za-z0-9 ._\/=-]+`/, "c", text)
    gsub(/\[[A-Za-z0-9 .,-]+\]\([A-Za-z0-9:\/._#-]+\)/, "l", text)
    gsub(/\*\*[A-Za-z0-9][A-Za-z0-9 ]*\*\*|\*[A-Za-z0-9][A-Za-z0-9 ]*\*/, "e", text)
    gsub(/\342\200[\230-\237]/, "q", text)
    gsub(/[a-z]\/[a-z]/, "w", text)
    return text ~ /[^A-Za-z0-9 .,;:!?'"()\200-\277\303-\305-]/ || text ~ /^[-]|^[0-9]+[.)]/
}
function settle() { if (grave && (listed || regions)) exit 1 }
function end_paragraph() { if (filled) above = changed; filled = changed = figure = 0 }
function level_of(marks) { gsub(/[0-9]+/, "1", marks); return marks }
function end_run() {
    # Whole items may come and go below an item of their level.
    if (marked && old != new && !(only != "" && alike && level ~ /[^ >]/ && !allowing)) grave = 1
    running = marked = 0; old = new = ""
}
BEGIN { listed = 1 }
/^diff / {
    end_run(); settle(); end_paragraph()
    grave = inside = regions = body = html = filled = above = lost = allowing = 0; before = ""
    if ($2 == "others") listed = 0
    next
}
!body && /^(deleted file|Binary files|GIT binary)/ { grave = 1 }
/^@@/ && !body { body = 1; next }
!body || /^\\/ { next }
{
    sign = substr($0, 1, 1); text = substr($0, 2); empty = text ~ /^ *$/
    if (sign != "-") {
        if (lost && !empty && before !~ /^ *$/) grave = 1
        lost = 0
    }
    if (text ~ /doctool:/) {
        if (sign != " " && sign != "") grave = 1
        if (text ~ /doctool:begin/) { end_run(); end_paragraph(); inside = regions = 1; above = 0 }
        if (text ~ /doctool:end/) inside = 0
        if (text ~ /doctool:allow/) allowing = 1
    } else if (html < 2 && is_html(text)) html = is_html(text)
    if (sign == "+" || sign == "-") {
        if (!running) {
            running = alike = 1; only = sign
            from_blank = before ~ /^ *$/; level = level_of(marks_of(before))
        }
        if (sign != only) only = ""
        changed = 1
        if (inside || before ~ /\|/) grave = 1
        if (empty) {
            alike = 0
            if (html) grave = 1
            if (sign == "-") lost = 1
            # A whole paragraph came or went: the one below is what it was.
            if (only != "" && from_blank) end_paragraph()
        } else {
            marks = marks_of(text)
            # Below a comment that allows a block, lines must stay what they are too.
            if (marks !~ /^ *$/ || allowing) marked = 1
            if (level_of(marks) != level) alike = 0
            if (sign == "-") old = old "\n" marks
            else new = new "\n" marks
            if (is_odd(substr(text, length(marks) + 1))) grave = 1
        }
    } else {
        end_run()
        if (inside) { before = text; next }
        if (text ~ /^[ >]*$/) { end_paragraph(); if (html < 2) html = 0 }
        else if (text ~ /\|/ && (changed || (above && is_figure(text)))) grave = 1
        else if (text ~ /^ *[-=]+ *$/ && changed) grave = 1
    }
    if (!empty) filled = 1
    if (is_figure(text)) figure = 1
    if (figure && changed) grave = 1
    if (sign != "-") before = text
}
END { end_run(); settle() }
""".replace("@STEMS@", _STEMS)


def _prefilter(baked: Baked) -> str:
    """Return the lines that end the hook early: same settings, no watched file, and of documents nothing but prose."""
    documents, watched = (
        " ".join(shlex.quote(f":(top,literal){name}") for name in names)
        for names in (baked.documents, (baked.config, *baked.names))
    )
    listed = f"staged --unified=999999 -- {documents}; " if documents else ""
    is_prose = shlex.quote(_IS_PROSE) if baked.knows_prose else "'BEGIN { exit 1 }'"
    return f"""\
unset GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_NOGLOB_PATHSPECS GIT_ICASE_PATHSPECS
staged() {{
    git --no-pager diff --cached --no-ext-diff --no-textconv --no-renames --no-relative --no-color "$@"
}}
if [ "$(git rev-parse --verify --quiet {shlex.quote(f":0:{baked.config}")})" = {baked.config_id} ] &&
    staged --quiet -- {watched}; then
    # Documents that are not listed may have regions too.
    {{ {listed}echo 'diff others'; staged --diff-filter=d --unified=999999 -- ':(top,icase,glob)**/*.md'; }} |
        LC_ALL=C awk {is_prose} && exit 0
fi
"""


def _run(baked: Baked, command: str) -> str:
    feed = "printf '%s' \"$refs\" | " if command.endswith("--push") else ""
    return f"""\
program={shlex.quote(baked.program)}
[ -x "$program" ] || program=$(command -v doctool) || {{
    echo 'doctool: the program that installed this hook is gone, and no other doctool is here; not checked.' >&2
    echo 'Install doctool and run `doctool hook install`, or go on without it: git ... --no-verify' >&2
    exit 1
}}
cd {shlex.quote(baked.root)} || exit 1
{feed}"$program" {command}
"""
