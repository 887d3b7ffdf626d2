"""The words of the report: its headings, its columns, and what its pictures say."""

from __future__ import annotations

REPORT: dict[str, tuple[str, str]] = {
    "report-title": ("{package}: ölçüm raporu", "{package}: measurement report"),
    "report-lead": (
        "Her sayı bir kayıttan gelir; kayıtlar {measurements} dizinindedir. Kaynak: {commit}.",
        "Every number comes from a record; the records are in {measurements}. Source: {commit}.",
    ),
    "report-summary": ("Ne çıktı?", "What came out"),
    "report-mechanisms": ("Mekanizmalar", "Mechanisms"),
    "report-machines": ("Makineler", "Machines"),
    "report-how": ("Nasıl okunur?", "How to read it"),
    "report-evidence": ("Kaynaktaki kanıt", "Evidence in the source"),
    "report-metric": ("Büyüklük", "Quantity"),
    "report-off": ("Kapalı", "Off"),
    "report-on": ("Açık", "On"),
    "report-change": ("İyileştirme", "Improvement"),
    "report-samples": ("Ham örnekler", "Raw samples"),
    "report-curves": ("Eğitim eğrileri", "Training curves"),
    "report-history": ("Commit’ler boyunca", "Over the commits"),
    "report-none": ("Bu belgelerin gösterdiği bir kayıt yok.", "The documents show no record of it."),
    "report-record": ("Kayıt", "Record"),
    "report-fact": ("Bilgi", "Fact"),
    "report-value": ("Değer", "Value"),
    "report-settles": ("Belirsiz olanlar için: {why}.", "For what is open: {why}."),
    "strips-title": ("Süreç başına ham örnekler, {unit}", "Raw samples per process, {unit}"),
    "strips-text": (
        (
            "{mechanism}, {workload}: {processes} süreçte {samples} ölçüm; her satır bir süreç, üstte kapalı, altta "
            "açık. Sayılmayan bloklar çizilmez."
        ),
        (
            "{mechanism}, {workload}: {samples} samples in {processes} processes; each row is a process, off above and "
            "on below. Blocks that do not count are not drawn."
        ),
    ),
    "strips-process": ("süreç {n}", "process {n}"),
    "curves-title": ("Doğrulama kaybı (nat)", "Held-out loss (nats)"),
    "curves-text": (
        (
            "{mechanism}: {steps} adım boyunca doğrulama kaybı; çizgi medyan, bant {seeds} tohumun en küçüğünden "
            "en büyüğüne."
        ),
        (
            "{mechanism}: held-out loss over {steps} steps; the line is the median, the band reaches from the smallest "
            "to the largest of {seeds} seeds."
        ),
    ),
    "history-title": ("Sürede kazanılan pay, ölçüm ölçüm", "Share of the time saved, measurement by measurement"),
    "history-text": (
        (
            "{mechanism}, {workload}: {points} kaydın sürede kazandırdığı pay ve %99 güven aralığı, eskiden "
            "yeniye: {rows}."
        ),
        (
            "{mechanism}, {workload}: share of the time saved in {points} records with its 99% confidence interval, "
            "oldest first: {rows}."
        ),
    ),
    "history-row": ("{commit} {low} … {high}", "{commit} {low} … {high}"),
    "status-absent": ("yok: kaynakta izi yok", "absent: no trace of it in the source"),
    "status-mentioned": ("yalnızca sözü geçiyor", "mentioned: spoken of, and nothing takes it"),
    "status-declared": ("tanımlı ama kullanılmıyor", "declared: it can be asked for, and nothing uses it"),
    "status-wired": ("bağlı: çalışan kod onu kullanıyor", "wired: what runs makes use of it"),
    "status-unknown": ("kaynaktan anlaşılmıyor", "unknown: the source alone cannot tell"),
    "status-effective": ("etkin: açıkken fark ediyor", "effective: it acts"),
    "status-inert": ("etkisiz: bağlı, ama bir şey değiştirmiyor", "inert: wired, and it does nothing"),
    "metric-forward_latency": ("İleri geçiş süresi", "Forward time"),
    "metric-block_latency": ("Blok gecikmesi", "Block latency"),
    "metric-layer_latency": ("Katman gecikmesi", "Layer latency"),
    "metric-throughput": ("İş hacmi", "Throughput"),
    "metric-peak_memory": ("Tepe bellek", "Peak memory"),
    "metric-parameters": ("Parametre sayısı", "Parameters"),
    "metric-convergence_steps": ("Hedefe ulaşma adımı", "Steps to the target"),
    "metric-convergence_time": ("Hedefe ulaşma süresi", "Time to the target"),
    "metric-final_perplexity": ("Son perplexity", "Final perplexity"),
    "metric-loss_variance": ("Kayıp varyansı", "Loss variance"),
    "metric-memory_overhead": ("Eğitimde bellek", "Memory in training"),
}
