"""What a performance claim looks like, and the words that tell one from other numbers with the same units.

Words are stems, without case and diacritics.
"""

from __future__ import annotations

import re

_PLAIN = r"\d+(?:[.,]\d+)*"
_RANGE = rf"{_PLAIN}(?:\s?[–—-]\s?{_PLAIN})?"
_FAST = r"ms|msn|µs|μs|us|ns|sn|sec|seconds?|saniye|milliseconds?|milisaniye|s"
_RATE = (
    r"(?:[kKM]\s?|(?:thousand|million|bin|milyon)\s)?tok(?:en)?s?\s?/\s?(?:s|sec|sn|saniye)|tokens per second"
    r"|(?:it|steps?|samples?|req|iter|frames?|images?|imgs?)\s?/\s?s"
    r"|fps|FPS|[TGPM]FLOPS?(?:/s)?|[TGPM]FLOP/s|[KMGT]i?B/s|ms/tok(?:en)?|QPS|tps"
)
_BYTES = r"[KMGT]i?B"
_TIMES = r"times(?=\s(?:faster|slower|higher|lower|better|worse|less memory|more tokens))"
CLAIM = re.compile(
    rf"(?<![\w.,/#$€-])(?P<approx>[~≈]\s?)?(?P<sign>[+−-])?(?:"
    rf"(?P<before>%\s?{_PLAIN}(?:\s?[–—-]\s?%?\s?{_PLAIN})?)"
    rf"|(?P<value>{_RANGE})(?:\s?±\s?{_PLAIN})?(?:\s?(?P<rate>{_RATE})|\s?(?P<time>{_FAST})|\s?(?P<bytes>{_BYTES})"
    rf"|\s?(?P<percent>%|percent)|\s?(?P<times>[x×])(?!\s?\d)|[ -]?(?P<fold>fold|kat|{_TIMES})"
    r"|\s?(?P<loss>nats?|ppl|perplexity)))(?!\w)"
    rf"|(?:[Pp]erplexity|[Pp]erpleksite|ppl|PPL)\s*(?:of|is|=|:|,)?\s*(?P<perplexity>{_PLAIN})(?![\w%])"
)
LABELLED = re.compile(
    rf"\((?:(?P<rate>{_RATE})|(?P<time>{_FAST})|(?P<bytes>{_BYTES})|(?P<percent>%))\)\s?[:=]\s?[~≈]?\s?"
    rf"(?P<value>{_RANGE})(?!\w)"
)
"""A bare number behind a label that has the unit: `Latency (ms): 12`."""
MAY_BE_LABELLED = re.compile(rb"\([^()\r\n]{1,20}\)\W{0,6}[:=]\W{0,6}\d")
"""Bytes without which a text holds none."""
NUMERIC = re.compile(rf"[~≈<>+−-]?\s?(?P<value>{_RANGE})(?:\s?±\s?{_PLAIN})?\s?(?:\([^()]*\))?")

MAY_CLAIM = re.compile(
    rb"\d[*`\\]*\s?(?:%|&|[xX](?![\w])|\xc3\x97|[mnu\xc2\xce]?[\xb5\xbc]?s(?:n|ec|aniye)?\b|m[si]|tok|it/|steps?|samp|req|iter|fram|fps"
    rb"|imag|img|[TGPMK]|k[it ]|QPS|tps|nat|ppl|perpl|fold|kat\b|-fold|s|time|perc|FPS"
    rb"|thou|mil|bin\b)"
)
"""Bytes without which a text holds no number with a unit behind it."""
NUMERIC_CELL = re.compile(rb"\|[^\w|\r\n]{0,12}\d")
PERCENT_BEFORE = re.compile(rb"%\s?\d")

PERFORMANCE_WORDS: tuple[str, ...] = (
    "mfu",
    "fast", "slow", "speed", "quick", "latenc", "throughput", "perform", "improv", "better", "worse", "gain", "reduc",
    "decreas", "increas", "lower", "higher", "less", "fewer", "more", "saving", "saves?", "overhead", "efficien",
    "memory", "accelerat", "converge", "utili[sz]ation", "regress", "optimi[sz]", "cut", "boost", "takes?", "took",
    "runs?", "inference", "training time", "perplexity", "hizli", "hizlan", "yavas", "hiz", "gecik", "verim",
    "basarim",
    "performans", "iyiles", "iyi", "kotu", "kazan", "azal", "art", "dusuk", "dusur", "yuksek", "daha az", "daha cok",
    "tasarruf", "ek yuk", "bellek", "surer", "suru", "yakinsa", "kullanim", "schnell", "langsam", "rapide",
    "plus lent",
    "rapido", "lento", "提升", "加速", "更快", "减少", "降低", "高速", "速い", "改善", "빠르", "향상", "быстре",
    "медленне",
)  # fmt: skip

MEMORY_WORDS: tuple[str, ...] = (
    "memory", "vram", "ram", "peak", "allocat", "footprint", "saving", "saves?", "reduc", "less", "fewer", "more",
    "bellek", "tepe", "tasarruf", "azal", "tuket", "kullanir", "kullaniyor", "speicher", "memoire", "memoria", "显存",
    "内存", "メモリ", "메모리", "память", "памяти",
)  # fmt: skip

MEMORY_OF_MACHINE: tuple[str, ...] = ("memory", "vram", "ram", "hbm", "bellek", "speicher", "memoire", "显存", "内存")
MEMORY_TAKEN: tuple[str, ...] = (
    "peak",
    "alloc",
    "use",
    "usage",
    "footprint",
    "tepe",
    "yuksek",
    "kullan",
    "tuket",
    "ayril",
)

SIZE_WORDS: tuple[str, ...] = (
    "dataset", "data set", "corpus", "download", "checkpoint", "weights", "file", "disk", "storage", "image size",
    "archive",
    "veri kumesi", "indir", "agirlik", "dosya", "disk alani", "parameters?", "params", "card", "gpus?", "nodes?",
)  # fmt: skip

REQUIREMENT_WORDS: tuple[str, ...] = (
    "needed",
    "requires?", "required", "requirements?", "needs? at least", "at least", "at most", "minimum", "maximum of",
    "min",
    "recommended", "up to version", "or newer", "or later", "limit", "limited to", "timeout", "time out", "deadline",
    "budget", "threshold", "margin", "target", "goal", "sla", "sleep", "wait", "every", "interval of", "confidence",
    "tolerance", "within", "en az", "en fazla", "en cok", "gerek", "gereksinim", "onerilen", "asgari", "sinir",
    "zaman asimi", "butce", "esik", "hedef", "bekle", "guven araligi", "mindestens", "au moins", "minimo", "al menos",
    "至少", "以上", "必須", "최소", "не менее",
)  # fmt: skip

NOT_A_SHARE: tuple[str, ...] = (
    "ci", "confidence", "interval", "coverage", "quantile", "percentile", "guven", "aralik", "kapsam", "split",
    "dropout",
    "of the data", "verinin", "train", "validation", "discount", "probability", "olasilik", "significance",
)  # fmt: skip

HARDWARE = re.compile(
    r"\b(?:A100|H100|H200|B200|V100|A6000|A40|A10G?|L40S?|L4|T4|RTX|GTX|GeForce|Tesla|Xeon|EPYC|Ryzen|TPU|GPUs?|GPU'?lar)\b",
    re.IGNORECASE,
)
"""Names of machines, beside which memory is a fact about the machine."""
