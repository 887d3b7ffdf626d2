"""What a number with a performance unit looks like.

No pattern backtracks on the length of a line: numbers are atomic, and whatever may repeat between them is bounded.
"""

from __future__ import annotations

import re

NUMBER = r"(?>[0-9]+(?:[.,][0-9]+)*)"
_RANGE = rf"{NUMBER}(?:\s?[–—~～-]\s?{NUMBER})?"
# A number does not begin within a word, a version, a path or a price, unless it ends a range: `1.3x-3.3x`.
_BEGIN = r"(?:(?<![\w.,/#$€-])|(?<=[0-9][xX×%s][-/])|(?<=[0-9]ms[-/]))"

_SMALL = (
    r"ms|msecs?|millisec(?:ond)?s?|msn|milisaniye|[µμu]s|usec|microsec(?:ond)?s?|mikrosaniye|ns|nsec|nanosec(?:ond)?s?"
    r"|nanosaniye|毫秒|微秒|ミリ秒|밀리초|мс|мкс"
)
_LONG = (
    r"s|secs?|seconds?|sn|saniye|min|mins|minutes?|dk|dakika|h|hrs?|hours?|saat|days?|gün|weeks?|hafta|秒|分钟|小时|초|분"
    r"|Sekunden|Minuten|Stunden|secondes|segundos|minutos|horas|сек|мин"
)
_PER_SECOND = r"(?:\s?/\s?|\s(?:per|a)\s)(?:s|secs?|second|sn|saniye|秒|min(?:ute)?|dk|dakika|h|hr|hour|saat|day)"
COUNTED = (
    r"tokens?|toks?|t|samples?|images?|imgs?|frames?|steps?|iterations?|iters?|its?|requests?|reqs?|queries|query"
    r"|examples?|sequences?|seqs?|batch(?:es)?|words?|sentences?|char(?:acter)?s?|calls?|ops|operations?|rows?|items?"
    r"|docs?|documents?|pages?|clips?|videos?|episodes?|updates?|messages?|adım|örnek|belirteç|görüntü|kare|istek"
)
_MAGNITUDE = r"(?:[kMB]\s?|(?:thousand|million|billion|bin|milyon)\s)?"
_PER_PIECE = (
    r"\s?/\s?(?:it|iter|iteration|step|token|tok|image|img|sample|batch|epoch|call|frame|request|req|query|layer|pass"
    r"|forward|run|op|seq|sequence|gpu|adım|belirteç)s?"
)
RATE = (
    rf"(?i:{_MAGNITUDE}(?:{COUNTED}){_PER_SECOND}|(?:{_SMALL}|{_LONG}){_PER_PIECE}"
    r"|[PTGMK]FLOPs?\s?/\s?s(?:ec(?:ond)?)?|[PT]FLOPS|fps|rps|qps|tps)"
    r"(?:\s?/\s?(?i:gpu|user|device|card|node|chip|core))?|[KMGTkmgt]i?B(?:\s?/\s?|\sper\s)s(?:ec(?:ond)?)?|[GM]FLOPS|[PTG]OPS"
)
SMALL = rf"(?i:{_SMALL})"
LONG = rf"(?i:{_LONG})"
BYTES = r"(?i:[KMGT]i?B|[kmgt]ibibytes?|(?:kilo|mega|giga|tera)bytes?)"
_TIMES = r"times(?=\s(?:as\s|faster|slower|higher|lower|better|worse|less|more|smaller)|[.,;)]|\Z)"
PERPLEXITY = r"(?i:perplexity|perpleksite|ppl)"

CLAIM = re.compile(
    # Nothing else can come first, and to see that costs less than to try every form.
    rf"(?=[0-9~≈+−%yYxX×pP-])(?:{_BEGIN}(?P<approx>[~≈]\s?)?(?P<sign>[+−-])?(?:"
    rf"(?P<before>(?:%|(?i:yüzde)\s)\s?{NUMBER}(?:\s?[–—-]\s?%?\s?{NUMBER})?)"
    rf"|(?P<value>{_RANGE})(?:\s?±\s?{NUMBER})?(?:\s?\+)?"
    rf"(?:\s{{0,2}}(?P<rate>{RATE})|(?:\s{{0,2}}|[-‑])(?P<small>{SMALL})|(?:\s{{0,2}}|[-‑])(?P<long>{LONG})"
    rf"|\s{{0,2}}(?P<bytes>{BYTES})|\s?(?P<percent>%|(?i:percent|per\scent))|\s?(?P<times>[x×✕X])(?!\s?[0-9])"
    rf"|[ -]?(?P<fold>fold|kat|{_TIMES})|\s?(?P<loss>nats?|{PERPLEXITY})))(?![\w²³])"
    rf"|(?<![0-9)\]]\s)(?<!\w)(?P<prefix>[x×]\s?{NUMBER})(?!\w)"
    rf"|(?<!\w){PERPLEXITY}\s{{0,3}}(?:(?:of|is|was|=|:|,)\s{{0,3}})?(?P<perplexity>{NUMBER})(?![\w%]))"
)
"""A number with its unit; the name of the group that matched says of which kind."""

LABELLED = re.compile(
    rf"(?:[(\[](?:(?P<rate>{RATE})|(?P<small>{SMALL})|(?P<long>{LONG})|(?P<bytes>{BYTES})|(?P<percent>%))[)\]]"
    rf"|(?<!\w)(?P<named>{RATE}|MFU|HFU))\s?[:=]\s?[~≈]?\s?(?P<value>{_RANGE})(?![\w%])"
)
"""A bare number behind a label that has the unit: `Latency (ms): 12`."""

LEFT_END = re.compile(
    rf"(?<![\w.,/#$€-])(?P<between>(?i:from|between)\s[~≈]?)?(?P<value>{NUMBER})\s{{0,2}}"
    r"(?:(?:→|->|=>|⟶|vs\.?|versus)|(?P<word>to|and))\s{0,2}[~≈]?\Z"
)
"""What stands in front of a number to make another one share its unit: `6.5→0.18 ms`, `from 6.5 to 0.18 ms`."""
LONGEST_LEFT_END = 32

NUMERIC = re.compile(rf"[~≈<>+−-]?\s?(?P<value>{_RANGE})(?:\s?±\s?{NUMBER})?\s?\*{{0,2}}\s?(?:\([^()]*\))?")
"""A cell that holds a number without a unit."""

UNIT_OF_LABEL = re.compile(
    rf"(?<![\w/.])(?P<rate>{RATE})(?!\w)"
    rf"|[(\[,:;]\s?(?:(?i:unit|in|units?\s?:)\s?:?\s?)?(?:(?P<small>{SMALL})|(?P<long>{LONG})|(?P<bytes>{BYTES}))"
    rf"(?:/(?i:gpu|device))?\s?(?:[)\]:,]|\Z)"
    rf"|(?<!\w)(?:(?i:in)\s|/\s?)(?:(?P<small2>{SMALL})|(?P<long2>{LONG})|(?P<bytes2>{BYTES}))\s?(?:[:)]|\Z)"
    rf"|[(\[,/]\s?(?P<percent>%)\s?(?:[)\]]|\Z)|(?<![\w ])(?P<only>{SMALL})\Z"
)
"""A unit that the label of a row or a column, or the words above a table, say its numbers have."""

QUANTITY_CODE = re.compile(
    rf"[~≈<>±+−-]?\s?[0-9][0-9.,]*(?:\s?[–—±-]\s?[0-9][0-9.,]*)?\+?\s?(?:{RATE}|{SMALL}|{LONG}|{BYTES}|%|[xX×])?"
    rf"|{RATE}|{SMALL}|{LONG}|{BYTES}|%"
)
"""A code span that holds nothing but a quantity, or a part of one."""

HARDWARE_NAME = (
    r"[AHBV]\d00s?|A6000|A40|A10G?|L40S?|L4|T4|P100|K80|MI\d{3}X?|RTX|GTX|GeForce|Tesla|Xeon|EPYC|Ryzen|TPUs?|GPUs?"
    r"|GPU'?lar|Mac(?:Book)?s?|M[1-4]|Orin|Jetson"
)
HARDWARE = re.compile(rf"(?:\b|(?<=[0-9][xX×]))(?:{HARDWARE_NAME})\b", re.IGNORECASE)
"""Names of machines, beside which memory is a fact about the machine."""
HARDWARE_BEFORE = re.compile(
    rf"(?:\b|(?<=[0-9][xX×]))(?:{HARDWARE_NAME}|cards?(?:['’]s)?)(?:\s\d{{4}}(?:\sTi)?)?(?:\s(?:SXM\d?|PCIe|nodes?|cards?|machines?|instances?|only))?"
    r"[\s(,-]{0,3}(?:(?:with|has|have|of|having)\s(?:only\s|at\sleast\s|a\s)?)?[~≈]?\Z",
    re.IGNORECASE,
)
HARDWARE_BEHIND = re.compile(
    rf"[\s-]?(?:VRAM\s|of\s)?(?:NVIDIA\s|AMD\s|Nvidia\s)?(?:{HARDWARE_NAME}|HBM\w{{0,3}}|cards?|nodes?)\b"
    r"(?![\s-](?:memory|V?RAM))",
    re.IGNORECASE,
)
GPU_MEMORY = re.compile(r"\b(?:(?:GPU|CUDA|video|graphics)[\s-](?:memory|V?RAM)|VRAM)\b", re.IGNORECASE)
