"""Every sentence and word that goes into a document, in Turkish and in English.

Data, and the one function that fills it in. Numbers arrive here already written out; nothing is measured or decided.
Sentences avoid Turkish suffixes on slots, since their vowels depend on the word that fills the slot.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from doctool.terms.page_sentences import BELOW, COMMON, SHORT_CELLS, SUMMARY
from doctool.terms.report_sentences import REPORT
from doctool.terms.units import Language

_VERDICTS: dict[str, tuple[str, str]] = {
    "faster": ("daha hızlı", "faster"),
    "slower": ("daha yavaş", "slower"),
    "shorter": ("daha kısa", "shorter"),
    "longer": ("daha uzun", "longer"),
    "less": ("daha az", "less"),
    "fewer": ("daha az", "fewer"),
    "more": ("daha çok", "more"),
    "lower": ("daha düşük", "lower"),
    "higher": ("daha yüksek", "higher"),
    "claim": ("{change} ({word}; %99 GA {low} … {high})", "{change} ({word}; 99% CI {low} … {high})"),
    "claim-exact": ("{change} ({word}; her yinelemede aynı)", "{change} ({word}; the same in every repeat)"),
    "exact": ("{change} (her yinelemede aynı)", "{change} (the same in every repeat)"),
    "interval": ("{low} … {high} (%99 GA)", "{low} … {high} (99% CI)"),
    "no-difference": ("ölçülebilir fark yok (±{bound} içinde)", "no measurable difference (within ±{bound})"),
    "no-difference-exact": ("fark yok (her yinelemede aynı)", "no difference (the same in every repeat)"),
    "inconclusive": ("belirsiz: {low} … {high}; {why}", "inconclusive: {low} … {high}; {why}"),
    "needed-seeds": (
        "yaklaşık {needed} tohum çifti gerekir",
        "about {needed} pairs of seeds would settle it",
    ),
    "needed": (
        "bu makinede yaklaşık {needed} süreç gerekir",
        "about {needed} processes would settle it on this machine",
    ),
    "because-wide": ("aralık çok geniş", "the interval is too wide"),
    "because-null-arm": ("aynı kodun iki kopyası da farklı çıktı", "two copies of the same code differed as well"),
    "because-busy": ("makine fazla meşguldü", "the machine was too busy"),
    "because-corrected": (
        "çoklu karşılaştırma düzeltmesinden sonra iddia kalmadı",
        "no claim is left after correcting for several comparisons",
    ),
    "because-few": ("karar vermek için süreç sayısı yetersiz", "too few processes for a claim"),
    "because-cpu-contradicts": ("işlemci süresi bunu doğrulamıyor", "processor time does not confirm it"),
    "because-clock": ("işlemci hızı ölçüm sırasında değişti", "the clock frequency changed during the measurement"),
    "no-interval": ("{value} (aralık yok)", "{value} (no interval)"),
    "no-claim": ("iddia yok", "no claim"),
    "because-misses": ("bazı koşular hedefe ulaşmadı", "some runs missed the target"),
    "misses": ("hedefe ulaşmayan koşuların oranı {share}", "{share} of the runs missed the target"),
    "misses-change": (
        "oran verilmiyor; hedefe ulaşmayan koşular: {off} kapalıyken, {on} açıkken",
        "no ratio; runs that missed the target: {off} when off, {on} when on",
    ),
}

_REFUSALS: dict[str, tuple[str, str]] = {
    "not-measured": ("ölçülmedi: {why}", "not measured: {why}"),
    "refusal": ("{mechanism} ölçülmedi: {why}.", "{mechanism} was not measured: {why}."),
    "refusal-of-workload": (
        "{mechanism}, {workload} iş yüküyle ölçülmedi: {why}.",
        "{mechanism} was not measured under {workload}: {why}.",
    ),
    "refusal-evidence": ("Kanıt: {evidence}.", "Evidence: {evidence}."),
    "refusal-detail": ("Ayrıntı: {detail}.", "Detail: {detail}."),
    "nothing-refused": ("Ölçülmeden kalan bir şey yok.", "Nothing is left unmeasured."),
    "why-absent": (
        "gerçeklenmemiş: kaynak kodda hiçbir izi yok",
        "it is not implemented: the source has no trace of it",
    ),
    "why-mentioned": (
        "gerçeklenmemiş: kaynak kodda yalnızca adı geçiyor",
        "it is not implemented: the source only mentions it",
    ),
    "why-declared": (
        "gerçeklenmemiş: tanımlanmış ama çalışan hiçbir kod kullanmıyor",
        "it is not implemented: it is declared, but nothing that runs uses it",
    ),
    "why-wired": ("etkisi henüz sınanmadı", "its effect has not been probed yet"),
    "why-unknown": (
        "kullanılıp kullanılmadığı kaynak koddan anlaşılamadı",
        "the source does not tell whether it is in use",
    ),
    "why-inert": (
        "etkisiz: açıkken de kapalıyken de aynı davranıyor",
        "it is inert: on and off behave alike",
    ),
    "why-crashed": ("ölçülen kod çöktü", "the measured code crashed"),
    "why-hung": ("ölçülen kod süresi içinde yanıt vermedi", "the measured code did not answer in time"),
    "why-nan": ("çıktılar sonlu sayılar değil", "the outputs are not finite numbers"),
    "why-out-of-memory": ("bellek yetmedi", "there was not enough memory"),
    "why-settings": (
        "ayarlar modele uymuyor; ölçülmedi",
        "the settings do not fit the model; nothing was measured",
    ),
    "why-no-gpu": ("bu makinede GPU yok", "this machine has no GPU"),
    "why-host-busy": ("makine ölçüm için fazla meşguldü", "the machine was too busy to measure"),
    "why-too-wide": (
        "süreler kendi büyüklükleri kadar dağıldı",
        "its times scatter by as much as their own length",
    ),
    "why-killed": ("süreci SIGKILL ile sonlandırıldı", "its process was ended by SIGKILL"),
    "why-weights": (
        "kapalı hâlin ağırlıkları açık hâle yüklenemedi",
        "the weights of off cannot be loaded into it",
    ),
    "why-not-installed": (
        "ölçülen kodun içe aktardığı bir paket kurulu değil",
        "a package that the measured code imports is not installed",
    ),
    "why-not-equal": (
        "açıkken ve kapalıyken aynı sonucu vermiyor",
        "on and off do not compute the same outputs",
    ),
    "why-not-on-cuda": ("bir GPU üzerinde ölçülmedi", "it was not measured on a GPU"),
    "why-not-on-cpu": ("bir CPU üzerinde ölçülmedi", "it was not measured on a CPU"),
    "why-no-record": ("kaydı yok", "there is no record of it"),
    "why-no-metric": ("kayıt bu büyüklüğü içermiyor", "the record does not hold this quantity"),
    "why-nothing-to-compare": ("karşılaştırılacak ikinci bir hâl yok", "there is nothing to compare it with"),
    "why-no-target": ("hedef kayıp belirlenemedi", "no target loss could be set"),
}

_FACTS: dict[str, tuple[str, str]] = {
    "no-gpu": ("GPU yok (ölçümler CPU üzerinde yapıldı)", "no GPU (measured on the CPU)"),
    "gpu-unused": (
        "{gpu} (kullanılmadı, ölçümler CPU üzerinde yapıldı)",
        "{gpu} (not used, measured on the CPU)",
    ),
    "no-cuda": ("CUDA yok (ölçümler CPU üzerinde yapıldı)", "no CUDA (measured on the CPU)"),
    "unknown": ("bilinmiyor", "unknown"),
    "no-record": ("henüz ölçülmedi", "not measured yet"),
    "on": ("açık", "on"),
    "off": ("kapalı", "off"),
    "no-commit": ("commit yok", "no commit"),
    "dirty": ("{commit} (commit edilmemiş değişikliklerle)", "{commit} (with uncommitted changes)"),
    "cores-1": ("{n} çekirdek", "{n} core"),
    "cores-n": ("{n} çekirdek", "{n} cores"),
    "threads-1": ("{n} iş parçacığı", "{n} thread"),
    "threads-n": ("{n} iş parçacığı", "{n} threads"),
    "processes-1": ("{n} yeni süreç", "{n} fresh process"),
    "processes-n": ("{n} yeni süreç", "{n} fresh processes"),
    "pairs-1": ("{n} eşleştirilmiş tohum", "{n} paired seed"),
    "pairs-n": ("{n} eşleştirilmiş tohum", "{n} paired seeds"),
}

_BELOW_TABLES: dict[str, tuple[str, str]] = {
    "on-cpu": ("CPU ölçümü: {what}.", "CPU measurement: {what}."),
    "on-gpu": ("GPU ölçümü: {what}.", "GPU measurement: {what}."),
    "driver": ("sürücü {driver}", "driver {driver}"),
    "measured": ("Ölçüm: {what}.", "Measured: {what}."),
    "commit": ("commit {commit}", "commit {commit}"),
    "protocol": ("protokol {protocol}", "protocol {protocol}"),
    "record-1": ("kayıt {n}", "record {n}"),
    "record-n": ("kayıtlar {n}", "records {n}"),
    "legend": (
        "±: %99 güven aralığının yarı genişliği; GA: güven aralığı.",
        "±: half-width of the 99% confidence interval; CI: confidence interval.",
    ),
    "quick": (
        "Hızlı ölçüm: süreç sayısı bir iddia için yeterli değil.",
        "Quick run: too few processes for a claim.",
    ),
    "note": ("Not: {note}", "Note: {note}"),
    "own-number": (
        "{mark} doctool ölçmedi; sayıyı yazar kendisi yazdı.",
        "{mark} not measured by doctool; the author's own number.",
    ),
    "form-improvement": (
        "İyileştirme: sıfırın üstü daha iyi; sürede ve bellekte kazanılan pay.",
        "Improvement: above zero is better; for a time or memory it is the share saved.",
    ),
    "form-reduction": ("Azalma: sıfırın üstü daha az.", "Reduction: above zero is less."),
    "form-speedup": (
        "Hızlanma: birin üstü daha iyi; sürede ve bellekte kapalı ÷ açık, iş hacminde açık ÷ kapalı.",
        "Speedup: above one is better; off ÷ on for a time or memory, on ÷ off for a throughput.",
    ),
    "form-gain": (
        "Yüzde olarak hızlanma: hızların oranının birden fazlası.",
        "Speedup in percent: by how much the ratio of the speeds exceeds one.",
    ),
    "form-ratio": ("Oran: sağdaki ÷ soldaki.", "Ratio: the later value ÷ the earlier one."),
    "direction": ("{change}: {first} yerine {second}.", "{change}: {second} against {first}."),
}

_TRAINING: dict[str, tuple[str, str]] = {
    "scale-toy": ("oyuncak ölçek", "toy scale"),
    "training-setting": (
        "{mechanism}, {scale}, temel modelin hiperparametreleriyle ({setting})",
        "{mechanism}, {scale}, at the baseline's hyperparameters ({setting})",
    ),
    "training-told": ("{setting}.", "{setting}."),
    "training-sentence": ("{setting} – {outcome}.", "{setting} – {outcome}."),
    "training-steps": ("hedef kayba ulaşma adımı: {what}", "steps to the target loss: {what}"),
    "training-time": ("hedef kayba ulaşma süresi: {what}", "time to the target loss: {what}"),
    "training-memory": ("en yüksek bellek: {what}", "peak memory: {what}"),
    "off-and-on": ("{off} → {on}, {change}", "{off} → {on}, {change}"),
    "training-slower": (
        "Adım sayısı azalıyor, ama adımlar uzadığı için hedefe daha geç ulaşılıyor.",
        "There are fewer steps, but each takes longer, so the target is reached later.",
    ),
    "training-not-faster": (
        "Adım sayısı azalıyor, ama sürenin kısaldığı gösterilemedi.",
        "There are fewer steps, but a shorter time was not shown.",
    ),
    "parameters": ("{n} parametre", "{n} parameters"),
    "tokens": ("koşu başına {n} token", "{n} tokens per run"),
    "data": ("veri: {data}", "data: {data}"),
}


_NOTES: dict[str, tuple[str, str]] = {
    "note-fewer-steps": (
        "{seconds} saniyeye sığması için {asked} yerine {steps} adım",
        "{steps} steps instead of {asked}, to fit {seconds} s",
    ),
    "note-no-submodule": (
        "{name} adında bir alt modül yok, bu yüzden süresi ölçülmedi",
        "no submodule is called {name}, so it was not timed",
    ),
    "note-dropped": (
        "daha önceki {count} yineleme sayılmıyor: boyutları ya da ortamları farklıydı",
        "{count} earlier replicates do not count: they had another size or environment",
    ),
    "note-launch-bound": (
        "{arm}: GPU kernel'lerini kuyruğa koymak, çalıştırmak kadar sürüyor",
        "{arm} is launch-bound: enqueueing its kernels takes as long as running them",
    ),
    "note-no-graph": (
        "{arm}: GPU kernel'lerini kuyruğa koymak, çalıştırmak kadar sürüyor; CUDA grafiği olarak kaydedilemedi",
        "{arm} is launch-bound: enqueueing its kernels takes as long as running them; no CUDA graph can be made of it",
    ),
    "note-busy": (
        "meşgul bir makinede ölçüldü: {blocks} bloktan {spoilt} tanesi bozuldu, yine de sayılıyor",
        "measured on a busy machine: {spoilt} of {blocks} blocks were disturbed and still count",
    ),
    "note-apart": (
        "işlem hacmi bütün çağrıları sayar, gecikme ortadakinindir: yavaş çağrılar ikisini %{percent} ayırıyor",
        "throughput counts all calls, latency is the middle one's: slow calls set them {percent} % apart",
    ),
    "note-smaller": (
        "{large} ile bellek yetmedi; bütün varyantlar {small} ile ölçüldü",
        "out of memory with {large}; measured with {small} in every arm",
    ),
}


_TRIALS: dict[str, tuple[str, str]] = {
    "trials-rule": ("Kural", "Rule"),
    "trials-null": ("Eşit varyantlara “farklı” dedi", "Called equal arms different"),
    "trials-positive": ("Fazladan {change} işe “yavaş” dedi", "Called {change} more work slower"),
    "trials-seconds": ("Doğru iddia başına süre", "Time per right claim"),
    "trials-samples": ("Doğru iddia başına ölçülen çağrı", "Timed calls per right claim"),
    "trials-of": ("{asked} sorudan {claims}", "{claims} of {asked}"),
    "trials-none": ("doğru iddia yok", "no right claim"),
}


def _by_language(entries: Mapping[str, tuple[str, str]]) -> dict[str, dict[Language, str]]:
    return {key: {"tr": tr, "en": en} for key, (tr, en) in entries.items()}


WORDS: Mapping[str, Mapping[Language, str]] = {
    **_by_language(_VERDICTS),
    **_by_language(_REFUSALS),
    **_by_language(_FACTS),
    **_by_language(_BELOW_TABLES),
    **_by_language(_TRAINING),
    **_by_language(_TRIALS),
    **_by_language(_NOTES),
    **_by_language(SHORT_CELLS),
    **_by_language(BELOW),
    **_by_language(COMMON),
    **_by_language(SUMMARY),
    **_by_language(REPORT),
}
"""All sentences by key and language; `{slots}` are filled by `say`."""


def say(key: str, language: Language, **slots: str) -> str:
    """Return a sentence with its slots filled.

    Raises:
        KeyError: If there is no such sentence, or a slot of it is not given.
    """
    return WORDS[key][language].format_map(slots)


def slots_of(key: str) -> frozenset[str]:
    """Return the names of the slots of a sentence."""
    return frozenset(name for _, name, _, _ in Formatter().parse(WORDS[key]["en"]) if name)


def say_count(key: str, number: int, text: str, language: Language) -> str:
    """Return a counted noun such as `1 core` or `8 fresh processes`.

    Args:
        key: Of the noun: `cores`, `threads`, `processes`, `pairs`.
        number: How many; chooses the form.
        text: The number as it is to appear.
        language: Of the noun.
    """
    return say(f"{key}-1" if number == 1 else f"{key}-n", language, n=text)
