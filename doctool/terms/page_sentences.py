"""The words of a page as a whole: short cells, what stands below a table, what holds for all tables, and the summary.

Data only, as in `sentences`, which fills it in.
"""

from __future__ import annotations

SHORT_CELLS: dict[str, tuple[str, str]] = {
    "short-claim": ("{change} ({word}) [{low} … {high}]", "{change} ({word}) [{low} … {high}]"),
    "short-claim-exact": ("{change} ({word})", "{change} ({word})"),
    "short-exact": ("{change}", "{change}"),
    "short-interval": ("[{low} … {high}]", "[{low} … {high}]"),
    "short-no-difference-exact": ("fark yok", "no difference"),
    "short-inconclusive": ("belirsiz ({low} … {high})", "open ({low} … {high})"),
    "bare-claim": ("{change} ({word})", "{change} ({word})"),
    "bare-interval": ("iddia yok", "no claim"),
    "bare-inconclusive": ("belirsiz", "open"),
    "ends": ("{low} … {high}", "{low} … {high}"),
    "exact-ends": ("–", "–"),
    "short-not-measured": ("ölçülmedi", "not measured"),
}
"""Cells of a table; what a cell leaves out stands once below it."""

BELOW: dict[str, tuple[str, str]] = {
    "aside-of": ("{where}: {what}", "{where}: {what}"),
    "aside-not-measured": ("Ölçülmedi: {why}.", "Not measured: {why}."),
    "aside-open": ("Belirsiz: {why}.", "Open: {why}."),
    "settled-by": (
        "bu makinede yaklaşık {needed} süreç sonucu belli eder",
        "about {needed} processes would settle it on this machine",
    ),
    "settled-by-seeds": (
        "yaklaşık {needed} tohum çifti sonucu belli eder",
        "about {needed} pairs of seeds would settle it",
    ),
    "shown-record-1": ("Kayıt {n}.", "Record {n}."),
    "shown-record-n": ("Kayıtlar {n}.", "Records {n}."),
    "shown-records-apart": ("Kayıtlar: {n}.", "Records: {n}."),
    "shown-apart": ("{where} {record} ({what})", "{where} {record} ({what})"),
}

COMMON: dict[str, tuple[str, str]] = {
    "made": ("Ölçüm: {what}.", "Measured: {what}."),
    "made-with": ("{what}: {records}", "{what}: {records}"),
    "how-values": (
        "Ölçülen değerlerde ±: %99 güven aralığının yarı genişliği.",
        "± of a measured value: half-width of its 99% confidence interval.",
    ),
    "how-changes": (
        (
            "Değişimlerde […]: %99 güven aralığı. Belirsiz: aralık iki yanıta da açık. Aralıksız yazılan değişim ve "
            "“fark yok”, her yinelemede aynı çıkan sonuçtur."
        ),
        (
            "[…] of a change: its 99% confidence interval. Open: the interval allows either answer. A change without "
            "an interval, and “no difference”, came out the same in every repeat."
        ),
    ),
    "how-paired": (
        (
            "Karşılaştırmalar eşleştirilmiştir: kapalı ve açık hâl yan yana ölçülür ve oranları değerlendirilir; bu "
            "yüzden ± aralıkları örtüşen iki değer arasında da kesin bir fark bulunabilir."
        ),
        (
            "Comparisons are paired: off and on are measured side by side and judged by their ratio, so two values may "
            "differ for certain although their ± ranges overlap."
        ),
    ),
}

SUMMARY: dict[str, tuple[str, str]] = {
    "sum-line": ("{mechanism} – {what}.", "{mechanism} – {what}."),
    "sum-clause": ("{noun}: {items}", "{noun}: {items}"),
    "sum-item": ("{workload} {what}", "{workload} {what}"),
    "sum-claim": ("{size} {word} [{low} … {high}]", "{size} {word} [{low} … {high}]"),
    "sum-claim-exact": ("{size} {word}", "{size} {word}"),
    "sum-open": ("belirsiz ({low} … {high})", "open ({low} … {high})"),
    "sum-no-difference": ("fark ±{bound} sınırının altında", "no difference beyond ±{bound}"),
    "sum-no-difference-exact": ("fark yok", "no difference"),
    "sum-not-measured": ("ölçülmedi", "not measured"),
    "sum-nothing": ("ölçülmedi: {why}", "not measured: {why}"),
    "sum-forward_latency": ("hız", "speed"),
    "sum-peak_memory": ("tepe bellek", "peak memory"),
    "sum-convergence_time": ("hedef kayba ulaşma süresi", "time to the target loss"),
    "sum-final_perplexity": ("son perplexity", "final perplexity"),
    "sum-memory_overhead": ("eğitimde bellek", "memory in training"),
    "sum-how": (
        "Hızda ve bellekte kazanılan pay, %99 güven aralığıyla; belirsiz: aralık iki yanıta da açık.",
        "The share of time or memory saved, with its 99% confidence interval; open: the interval allows either answer.",
    ),
    "forest-title": ("Etkiler ve %99 güven aralıkları", "Effects and their 99% confidence intervals"),
    "forest-text": (
        (
            "Mekanizma ve iş yükü başına sürede kazanılan pay, %99 güven aralığıyla; gri bant, fark sayılmayan "
            "pay. {rows}."
        ),
        (
            "Share of the time saved per mechanism and workload, with its 99% confidence interval; the grey band is "
            "what counts as no difference. {rows}."
        ),
    ),
    "forest-row": ("{label} {change} [{low} … {high}], {word}", "{label} {change} [{low} … {high}], {word}"),
    "forest-row-open": ("{label} {low} … {high}, {word}", "{label} {low} … {high}, {word}"),
    "forest-axis": (
        "← daha yavaş · sürede kazanılan pay · daha hızlı →",
        "← slower · share of the time saved · faster →",
    ),
    "forest-open": ("belirsiz", "open"),
    "forest-equal": ("ölçülebilir fark yok", "no measurable difference"),
    "training": ("eğitim", "training"),
}
