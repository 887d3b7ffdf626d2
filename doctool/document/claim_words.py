"""The words that tell a performance number from other numbers with the same units.

All are stems without case and diacritics, as `fold` leaves them. Data, and one look-up.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import cached_property

import msgspec

from doctool.vocabulary.terms import ESTIMATE_WORDS

_SAME_LENGTH = {
    code: base
    for code in range(0xC0, 0x250)
    if (base := unicodedata.normalize("NFKD", chr(code))[0].lower()).isascii() and base.isalpha()
} | {0x131: "i"}


def fold(text: str) -> str:
    """Return a text without case and diacritics, in which every character keeps its place."""
    return text.translate(_SAME_LENGTH).lower()


def _words(*stems: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(stems) + ")")


BETTER_STEMS = (
    "fast", "slow", "speed", "quick", "accelerat", "throughput", "latenc", "perform", "improv", "boost", "gain",
    r"reduc(?!ed?-)", "decreas", "increas", "lower(?! (?:lr|learning|resolution|rank))",
    "higher(?! (?:lr|learning|resolution|rank|dim))", "less", "fewer(?! param)",
    r"more (?:effic|through|mem|than|quick|time|tokens (?:per|/))", "better", "worse", "saving", r"saves?\b", "cut",
    "overhead", "efficien", "outperform", "shorter", "cheaper", "memory", "vram", r"mfu\b", r"hfu\b",
    r"utili[sz]ation",
    "regress", "bandwidth", "flops?", "runtime", "inference", "prefill", "decod", "train(?:ing)? (?:time|speed)",
    "drop in",
    "hizli", "hizlan", "hiz", "yavas", "gecik", "verim", "basarim", "performans", "iyiles", "kazan", "azal", "artis",
    "artir", "dusuk", "dusur", "yuksek", r"daha (?:az|cok|iyi|kotu)", "tasarruf", "ek yuk", "bellek", "kullanim",
    "schnell", "langsam", "rapide", "plus lent", "rapido", "lento",
    "提升", "加速", "更快", "减少", "降低", "高速",
    "速い", "改善", "빠르", "향상", "быстре", "медленне",
)  # fmt: skip
BETTER = _words(*BETTER_STEMS)
"""Words by which a ratio or a share is one of speed, memory or use of the machine."""

_STEMS = "|".join(BETTER_STEMS)
BETTER_AT_ONCE = re.compile(rf"[\s*)-]{{1,3}}(?:{_STEMS})")
BETTER_BEHIND = re.compile(rf"[\s*)-]{{0,3}}(?:[\w'-]{{1,30}}[\s-]{{1,2}}){{0,2}}?(?:{_STEMS})")
"""Such a word among the next three."""
GOES_ON = re.compile(
    r"\W*(?:\Z|(?:on|in|for|at|over|vs|versus|compared|than|when|with|and|or|to|from|by|while|as|across|under|using"
    r"|after|per|due|because|relative|of|during|if|but|is|are|was|were|even|without|here|too|ve|ile|daha|de|da)\b)"
    r"|\s*(?:[.,;:()|*\n~–—]|[-→/]\s?[0-9])"
)
"""What may follow a ratio of what was named before it; a noun would be what there is so much of: `2x MLP width`."""

DURATION = _words(
    "take", "took", "taking", r"need(?:s|ed)\b", r"run(?:s|ning|time)?\b", r"ran\b", "train", "finish", "complet",
    "compil", "latenc",
    r"times?\b", "elapsed", "wall.?clock", "fast", "slow", "speed", "load", "generat", "infer", r"builds?\b",
    r"built in\b", "convert", "process", "spen[dt]", "requir", "reduc", "cut", "decreas", "lower", "startup",
    "start-up", "respon",
    "reproduc", "quantiz", "tokeniz", "evaluat", "epoch", "step", "iteration", "prefill", "decod", "forward",
    "backward",
    r"in (?:just|only|under|about|around|less)\b", "delay of", "per ", "sur(?:er|du|mus|uyor|ecek|esi|eyle)", "egit",
    "tamamlan", "calis", "gecik", "hesapla", "cozme", "cozumle", "uret", "derle", "yukle", "hiz", "dauer", "laufzeit",
    "duree", "tarda", "耗时", "时间", "速度", "延迟",
)  # fmt: skip
"""Words by which seconds, minutes and hours are how long something took."""

WAITING = _words(
    r"ago\b", r"every\b", "wait", "sleep", "time.?out", "expir", "retr(?:y|ies)", "interval", "window", "clips?",
    "audio",
    "speech", "footage", r"videos? (?:of|at|clip)", r"old\b", r"(?:last|past|next)\b", "poll",
    "refresh(?:es|ed)? (?:every|rate)",
    "schedul", r"cron\b", r"ttl\b", "trial", "deadline", r"default", "months?", "recording", "warm-?up", "cool-?down",
    "budget", r"limit", "min-", "hop (?:size|length)", "stride", "frame (?:size|length)",
    r"sampl(?:ed|ing) (?:at|rate)",
    "camera", r"sla\b", "slo\b", "target", "goal", "threshold", "tolerance", "margin", "within", "bekle",
    r"zaman asim",
    "hedef", "esik", "butce", "sinir", "her ", "aralik", "varsayilan", "set to", r"stop(?:s|ped)?\b", "unless",
    "grace", "uptime", "lifetime",
)  # fmt: skip
"""Words by which a time is a setting, an age or a length of data."""

MEMORY = _words(
    "memory", "vram", r"ram\b", "peak", "allocat", "footprint", "saving", r"saves?\b", "reduc", "less", "fewer",
    "bellek",
    "tepe", "tasarruf", "azal", "tuket", "kullanir", "kullaniyor", "speicher", "memoire", "memoria", r"oom\b", "显存",
    "内存",
    "メモリ", "메모리", "память", "памяти",
)  # fmt: skip

MEMORY_OF_MACHINE = _words("memory", r"vram", r"ram\b", "hbm", "bellek", "speicher", "memoire", "显存", "内存")
MEMORY_TAKEN = _words("peak", "alloc", "use", "usage", "footprint", "tepe", "yuksek", "kullan", "tuket", "ayril")

SIZE = _words(
    "dataset", "data set", "corpus", "download", "checkpoint", "file", "disk", "storage", "image size", "archive",
    "ssd",
    "upload", r"repo", "parquet", "shard", "cache dir", "veri kume", "indir", "agirlik dosya", "dosya", "disk alan",
    r"weights (?:are|take|of|file)", r"param(?:eter)?s? (?:are|take|count)", "zip", "wheel", r"docker image",
    "shared memory", "per sm",
    "/sm", r"smem\b", r"sram\b", "cache line", "l2 cache",
)  # fmt: skip
"""Words by which bytes are those of data at rest."""

REQUIRED = _words(
    r"at least", "minimum", r"min\.?\s", "maximum of", "recommend", "or newer", "or later", "or more", "or higher",
    "at most",
    "up to version", "requirements?", "en az", "en fazla", "en cok", "gereksinim", "onerilen", "asgari", "mindestens",
    "au moins", "minimo", "al menos", "至少", "以上", "必須", "최소", "не менее", "confidence", "guven aralig",
)  # fmt: skip
NEEDED = _words("need", "requir", "gerek")
"""Words that ask for something; what is needed of a GPU's memory was found by running it."""

NOT_REACHED = _words(
    "limit", r"sla\b", r"slo\b", "target", "goal", "threshold", "deadline", "budget", "sampl(?:ed|ing) (?:at|rate)",
    "camera",
    "refresh rate", "reading speed", "capped", "hedef", "sinir", "esik",
)  # fmt: skip
"""Words by which a rate is one that is asked for."""

AGREED = _words(r"sla\b", r"slo\b")
REACHED = re.compile(r"(?:\b(?:was|were)|achiev|reach|attain|measur)[a-z]{0,4}\s(?:\w{1,12}\s){0,3}[~≈]?\Z")
"""Words right before a number that somebody has got."""
LINK = _words(
    "equipped", "nvlink", "rdma", "infiniband", "inter-?connect", "ethernet", "pcie", "hbm", "network", "theoretical"
)
"""Words by which bytes per second are those of a machine."""

OF_DATA = re.compile(
    r"\s(?:of|long|-?long)?\s?(?:of\s)?(?:speech|audio|videos?|music|data|recordings?|footage|clips?|read\b|old\b)"
)
"""What a time is the length of."""

NOT_A_SHARE = _words(
    r"ci\b", "confidence", "interval", "coverage", "quantile", "percentile", "guven", "aralik", "kapsam", "split",
    "dropout", r"of the (?:data|time|images|tokens|samples|train)", "verinin", "train(?:ing)? (?:set|data|split)",
    "validation",
    "discount", "probab", "olasilik", "significan", "accura", r"acc\b", "top-?[15]", "dogruluk", "variance",
    "sparsity",
    "sparse", "pruned", "mask", "learning rate", r"of (?:quantized )?accuracy",
)  # fmt: skip
"""Words by which a share is one of something else."""

QUALITY = _words("accura", r"acc\b", r"top-?[15]", "score", r"f1\b", r"map\b", "dogruluk")
"""Words of a label below or beside which shares are those of right answers."""

NOT_MEASURED = _words(
    "time.?out", "limit", "budget", "threshold", "warm", "target", "goal", "interval", "delay", "needed", "requir",
    "minimum",
    r"min\b", r"at least", "recommend", "dropout", "dataset", "data set", "disk", "storage", "checkpoint",
    "download", "file",
    "model size", "size", "param", "coverage", "confidence", "sparsity",
    "learning", r"lr\b",
    "batch", r"seed", "date", "timestamp", "time ?steps?", "version", "epochs?", "length", r"len\b", "setting",
    "default",
    r"range", "option", "flag", "precision", "hedef", "esik", "sinir", "gerek", "en az", "asgari", "veri kume",
    "dosya",
    "zaman asim", "zaman adim", "boyut", "surum", "tarih", "uzunluk", "varsayilan", "budgets?",
    "saat dilimi", r"weights?\b",
)  # fmt: skip
"""Words of a label below or beside which numbers are no measurements."""

QUANTITY = _words(
    r"latenc", "throughput", r"tok(?:en)?s? per", r"tokens?/", "run-?time", "run time", "elapsed", "wall.?clock",
    r"times?\b(?!s)",
    "duration", r"speed", "speed-?up", "hizlanma", "memory", "vram", "bellek", r"fps\b", r"ppl\b", "perplexity",
    r"mfu\b", r"hfu\b",
    r"ttft\b", r"tpot\b", r"itl\b", r"tps\b", r"qps\b", "bandwidth", r"tflops?", r"gflops?/s", "gecik", "verim",
    r"sure(?:si)?\b", "hiz",
    "延迟", "吞吐", "耗时", "显存", "加速比",
)  # fmt: skip
"""Words of a label that name a measured quantity."""

RATES = _words(
    r"rates? (?:is|are)\b", "latenc", "throughput", "run-?times?", "speed", r"times? (?:is|are|in)\b", "gecikme", "hiz"
)
"""Words above a table that say that its numbers are measured."""

CHANGE = _words("speed-?up", "faster", "acceleration", "hizlanma", "加速比", r"x faster")
"""Words of a label whose bare numbers are ratios."""


ESTIMATE = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(fold(word)) for word in ESTIMATE_WORDS)})(?!\w)")
"""Words by which authors mark a number that nobody measured."""


class Context(msgspec.Struct, frozen=True, dict=True):
    """A text, folded, and where in it the words of each list begin; each list is looked for once."""

    folded: str

    def mentions(self, words: re.Pattern[str], start: int, end: int) -> bool:
        """Whether one of the words begins between two places."""
        places = self._places.get(words)
        if places is None:
            places = self._places[words] = [match.start() for match in words.finditer(self.folded)]
        first = bisect_left(places, start)
        return first < len(places) and places[first] < end

    @cached_property
    def _places(self) -> dict[re.Pattern[str], list[int]]:
        return {}
