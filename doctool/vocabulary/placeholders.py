"""The forms in which authors leave a number open, from a survey of real documents.

Strong forms are placeholders wherever they stand; weak ones only where a measured quantity is asked for.
"""

from __future__ import annotations

TBD_WORDS = (r"T\.?B\.?[DACM]\b\.?", r"tb[dac]", r"(?-i:TBDs?)")

STRONG_PHRASES: tuple[str, ...] = (
    r"to be (?:determined|measured|benchmarked|announced|added|filled(?: in| out)?|confirmed|provided|updated)",
    r"to be (?:tested|collected|recorded|supplied|defined|evaluated|profiled|computed|verified|done|run)",
    r"(?:not|never) (?:yet )?(?:been )?(?:measured|benchmarked|tested|recorded|collected)(?: yet)?",
    r"(?:not|never) (?:yet )?(?:been )?(?:evaluated|profiled|run)(?: yet)?",
    r"fill (?:in|me|this)(?: in)?", r"measure me",
    r"(?:benchmark|measurement|result|data|number)s? (?:pending|coming soon|to come|to follow|tba|tbd|missing)",
    r"(?:awaiting|pending|need(?:s|ed)?) (?:benchmark|measurement|result|data|run)s?",
    r"placeholder(?: value)?",
    r"ölçülecek(?:tir)?", r"(?:henüz )?ölçülmedi", r"(?:henüz )?ölçülmemiş",
    r"ölçüm (?:bekleniyor|yapılacak|sürüyor)",
    r"belirlenecek(?:tir)?", r"doldurulacak(?:tır)?", r"eklenecek(?:tir)?", r"güncellenecek(?:tir)?",
    r"hesaplanacak(?:tır)?", r"(?:test|ilave|tespit) edilecek(?:tir)?",
    r"待(?:测|测试|测量|填|填写|定|补|补充|更新|确认|完成|実測|測定)", r"未(?:测|測|定|测试|测量|計測|測定|実測|填)",
    r"測定予定", r"計測予定",
    r"(?:計測|測定|测试|测量)中", r"暂(?:无(?:数据)?|缺)",
    r"측정 ?(?:예정|중|필요|대기)", r"미(?:측정|정)", r"추후 (?:측정|추가|공개)",
    r"(?:noch )?nicht gemessen", r"zu messen", r"wird (?:noch )?gemessen", r"noch (?:offen|nicht gemessen|zu messen)",
    r"à (?:mesurer|déterminer|compléter|remplir|venir|définir)", r"non mesurée?",
    r"(?:por|a) (?:medir|determinar|definir|completar|confirmar)", r"pendiente(?: de (?:medir|medición))?",
    r"da (?:misurare|determinare|definire|completare)", r"a ser medido",
    r"не измерено", r"будет измерено", r"ожидает измерения", r"уточняется",
)  # fmt: skip
"""Regular expressions of phrases that say a number is still to come; they must fill the cell."""

WEAK_PHRASES: tuple[str, ...] = (
    r"pending", r"running", r"measuring", r"benchmarking", r"in progress", r"value", r"work in progress", r"wip",
    r"todo", r"to do", r"fixme",
    r"coming(?: soon)?",
    r"soon", r"upcoming", r"(?:not )?(?:yet )?available(?: soon| yet)?", r"not available yet", r"later", r"missing",
    r"unknown", r"yakında", r"beklemede", r"bekleniyor", r"sürüyor", r"ölçülüyor", r"çalışıyor",
    r"yapılacak", r"bilinmiyor",
    r"folgt", r"ausstehend", r"bientôt", r"próximamente", r"进行中", r"运行中", r"準備中", r"実行中", r"예정",
    r"진행 중",
    r"скоро", r"в процессе",
)  # fmt: skip

WEAK_SIGNS: tuple[str, ...] = (
    r"todo", r"fixme", r"xxx", r"wip", r"coming (?:soon|in|with|later)", r"pending", r"not yet", r"later",
    r"placeholder",
    r"yakında", r"daha sonra", r"bekleniyor", r"henüz", r"sonra eklenecek",
)  # fmt: skip
"""Words anywhere in a cell that say that its number is still to come."""

WAITING_SIGNS = "⏳⌛🚧🔄🕐"
"""Signs that stand for `pending` where a cell holds nothing else."""

MACHINE = (
    r"(?:(?:an?|the|our|target|real|actual|nvidia|production|suitable|uygun|gerçek|hedef)\s+)*"
    r"(?:gpus?|cuda|tpus?|hardware|donanım|hw|device|cluster|server|(?:rtx|gtx)\s?\d{3,4}|[abhlv]\d{2,3}s?|t4)"
)
POSTPONED: tuple[str, ...] = (
    (
        rf"{{phrase}}[\s,:;(–—-]*(?:(?:on|with|using|needs?|requires?|awaiting|once|when)\s+)?{MACHINE}"
        r"(?: is)?(?: access| available| run| time)?\)?"
    ),
    rf"(?:needs?|requires?|awaiting|waiting for|pending)\s+{MACHINE}(?: access| run| time)?",
    rf"{MACHINE}(?:\s?['’]?(?:da|de|ta|te)| üzerinde| ile)?\s+(?:{{phrase}}|doğrulanacak|bekleniyor|gerekli|gerekiyor)",
)
"""Phrases that say on what the number is still to be measured; `{phrase}` stands for any of those above."""

BRACKET_WORDS: tuple[str, ...] = (
    "insert", "fill", "fill in", "your", "add", "enter", "put", "actual", "real", "measured", "measure", "value",
    "number", "result", "results", "score", "latency", "throughput", "time", "memory", "speedup", "percent",
    "percentage", "improvement", "tbd", "tba", "todo", "pending", "placeholder", "benchmark", "data", "ms", "here",
    "gerçek", "değer", "değeri", "ölçülen", "ölçüm", "ölçülecek", "sonuç", "sonucu", "doldur", "doldurulacak",
    "girin",
    "gir", "yaz", "ekle", "eklenecek", "buraya", "sayı", "yüzde", "süre", "gecikme", "bellek", "iyileştirme",
    "wert", "messwert", "valeur", "valor", "valore", "значение", "数值", "数据", "实测", "实测值", "填写", "测量值",
    "値",
    "測定値", "実測値", "数値", "값", "측정값", "측정", "결과", "n", "xx", "xxx", "x", "number of", "name", "model",
)  # fmt: skip
"""Brackets, angle brackets or braces around one of these words are a placeholder."""

UNIT_WORDS: dict[str, str] = {
    "milliseconds": "ms", "millisecond": "ms", "milisaniye": "ms", "毫秒": "ms", "ミリ秒": "ms", "밀리초": "ms",
    "мс": "ms",
    "microseconds": "µs", "microsecond": "µs", "mikrosaniye": "µs", "微秒": "µs", "мкс": "µs", "usec": "µs",
    "nanoseconds": "ns", "nanosaniye": "ns", "second": "s", "秒": "s", "с": "s", "sek": "s",
    "token/saniye": "tokens/s", "tokens/saniye": "tokens/s", "tokens/second": "tokens/s", "tps": "tokens/s",
    "tokens/seconds": "tokens/s", "tok/saniye": "tok/s", "токенов/с": "tokens/s", "ktok/s": "ktokens/s",
    "samples/second": "samples/s", "sample/second": "samples/s", "images/second": "img/s", "image/second": "img/s",
    "iterations/second": "it/s", "iteration/second": "it/s", "it/second": "it/s", "örnek/saniye": "samples/s",
    "görüntü/saniye": "img/s", "yineleme/saniye": "it/s",
    "bytes": "B", "byte": "B", "bayt": "B", "kb": "KB", "mb": "MB", "gb": "GB", "kib": "KiB", "mib": "MiB",
    "gib": "GiB",
    "мб": "MB", "гб": "GB", "adımda": "steps", "schritte": "steps", "nat": "nats",
}  # fmt: skip
"""Spellings of units beyond those of `doctool.terms.units`."""

STEMS: tuple[bytes, ...] = tuple(
    stem.encode()
    for stem in (
        "xx", "to be ", "fill ", "value", "measuring", "evaluat", "profil", "not run", "yet run", "never run", "gpu",
        "cuda", "hardware", "measured", "benchmark", "measurement", "result", "data", "pending", "await", "need",
        "recorded",
        "tested", "collected", "running", "progress", "wip", "todo", "to do", "fixme", "coming", "soon", "upcoming",
        "available", "later", "missing", "unknown", "placeholder", "tbd", "tba",
        "lecek", "lmedi", "lmemi", "bekle", "yapılacak", "lenecek", "durulacak", "klenecek", "kında", "sürüyor",
        "alışıyor", "bilinmiyor", "yapilacak", "surer", "ölçüm",
        "ölçül", "olcul", "hesapla", "edilecek", "⏳", "⌛", "🚧", "🔄", "🕐", "ÖLÇÜL", "미정", "暂缺",
        "待", "未", "测", "測", "暂无", "运行", "进行", "準備", "実行", "측정", "예정", "진행",
        "messen", "offen", "folgt", "ausstehend", "mesur", "déterm", "compl", "remplir", "venir", "défin", "bient",
        "medi", "determin", "defin", "confirm", "pendiente", "misur", "ximamente",
        "измер", "уточн", "скоро", "процесс", "ожид",
    )
)  # fmt: skip
"""Without one of these, in lower case, a table row holds no phrase from above."""
