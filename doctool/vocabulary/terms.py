"""The shipped vocabulary: labels in Turkish, English and other languages for each of doctool's names.

Case, diacritics, markup and punctuation do not matter (`normalise`), so each term is listed once.
"""

from __future__ import annotations

# fmt: off
METRIC_TERMS: dict[str, tuple[str, ...]] = {
    "forward_latency": (
        "forward latency", "forward time", "forward pass", "forward pass time", "forward pass latency",
        "model forward time", "model forward latency", "model forward pass", "model latency", "latency",
        "inference time", "inference latency", "time per call", "time per forward", "time per forward pass",
        "runtime", "run time", "execution time", "duration", "wall time", "wall clock time", "latencies", "call time",
        "forward pass duration",
        "fwd", "fwd time", "fwd latency", "fwd pass", "fwd pass time", "model fwd time", "model fwd latency",
        "ileri geçiş", "ileri geçiş süresi", "model ileri geçiş süresi", "ileri yayılım süresi", "model gecikmesi",
        "forward süresi", "model forward süresi", "forward gecikmesi",
        "gecikme", "gecikme süresi", "çıkarım süresi", "çıkarım gecikmesi", "çalışma süresi", "ileri geçiş gecikmesi",
         "çağrı süresi", "çağrı başına süre",
        "latenz", "laufzeit", "inferenzzeit", "latence", "temps d'inférence", "latencia", "tiempo de inferencia",
        "latenza", "latência", "延迟", "推理延迟", "推理时间", "レイテンシ", "推論時間", "지연 시간", "추론 시간",
        "задержка",
        "время инференса",
    ),
    "block_latency": (
        "block latency", "block time", "latency per block", "per block latency", "time per block", "mean block latency",
        "average block latency", "block forward", "block forward time", "block fwd time", "blok gecikmesi",
        "blok süresi",
        "blok başına gecikme", "blok başına süre", "ortalama blok gecikmesi", "blok ileri geçiş süresi",
        "blocklatenz", "块延迟", "ブロックレイテンシ", "블록 지연 시간",
    ),
    "layer_latency": (
        "layer latency", "layer time", "latency per layer", "per layer latency", "time per layer", "per layer time",
        "katman gecikmesi", "katman başına gecikme", "katman başına süre", "katman süresi", "層レイテンシ", "层延迟",
    ),
    "throughput": (
        "throughput", "token throughput", "tput", "tokens/s", "tokens per second", "token/s", "tok/s", "tps",
        "tokens/sec", "tokens second", "mean throughput", "average throughput",
        "avg throughput", "inference throughput", "forward throughput", "ortalama iş hacmi",
        "iş hacmi", "verim", "saniyedeki token", "saniyede token", "saniye başına token", "token hızı",
        "işlem hacmi", "aktarım hızı", "durchsatz", "débit", "rendimiento", "throughput di token", "vazão",
        "吞吐量", "吞吐", "スループット", "처리량", "пропускная способность",
    ),
    "peak_memory": (
        "peak memory", "memory peak", "memory", "memory usage", "memory use", "memory footprint", "max memory",
        "maximum memory", "peak memory usage", "max memory usage", "mem", "peak mem", "mem peak", "mem usage",
        "max mem",
        "memory consumption", "peak memory allocated", "max memory allocated", "peak memory consumption",
        "tepe bellek", "en yüksek bellek", "bellek", "bellek kullanımı", "bellek tüketimi", "azami bellek",
        "maksimum bellek", "tepe bellek kullanımı", "azami bellek kullanımı", "zirve bellek", "speicher",
        "spitzenspeicher",
        "speicherverbrauch", "mémoire", "mémoire maximale", "memoria", "memoria máxima", "memória",
        "内存", "峰值内存", "内存占用", "メモリ", "最大メモリ", "メモリ使用量",
        "메모리",
        "최대 메모리", "메모리 사용량", "память", "пиковая память",
    ),
    "parameters": (
        "parameters", "parameter count", "number of parameters", "params", "trainable parameters", "model parameters",
        "parametre", "parametreler", "parametre sayısı", "parametre adedi", "参数量", "パラメータ数", "파라미터 수",
    ),
    "convergence_steps": (
        "convergence steps", "convergence step", "steps to convergence", "steps to target", "steps to target loss",
        "convergence speed", "convergence", "convergence rate", "training steps to target",
        "yakınsama adımı", "yakınsama adımları", "yakınsama adım sayısı", "yakınsama hızı", "yakınsama",
        "hedefe ulaşma adımı", "hedef kayba ulaşma adımı", "hedef kayba kadar adım",
    ),
    "convergence_time": (
        "convergence time", "time to convergence", "time to target", "time to target loss", "training time to target",
        "yakınsama süresi", "hedefe ulaşma süresi", "hedef kayba ulaşma süresi",
    ),
    "final_perplexity": (
        "final perplexity", "perplexity", "ppl", "final ppl", "validation perplexity", "eval perplexity",
        "son perplexity", "perpleksite", "son perpleksite", "nihai perpleksite", "şaşkınlık", "son şaşkınlık",
        "困惑度", "パープレキシティ", "퍼플렉서티", "перплексия",
    ),
    "loss_variance": (
        "loss variance", "variance of the loss", "training stability", "training loss variance",
        "kayıp varyansı", "kayıp değişkenliği", "kaybın varyansı", "eğitim kararlılığı",
    ),
    "memory_overhead": (
        "memory overhead", "extra memory", "additional memory", "memory increase",
        "bellek ek yükü", "ek bellek", "bellek yükü", "ilave bellek", "bellek artışı",
    ),
}

DEVICE_METRIC_TERMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("peak_memory", "cuda"): (
        "peak vram", "vram", "vram usage", "max vram", "vram peak", "peak vram usage", "peak gpu memory", "gpu memory",
        "gpu memory peak", "max gpu memory", "gpu mem", "peak gpu mem", "gpu memory usage", "gpu memory consumption",
        "cuda memory", "peak cuda memory", "gpu vram", "gpu memory allocated",
        "gpu belleği", "tepe gpu belleği", "gpu bellek kullanımı", "tepe vram", "vram kullanımı",
        "显存", "显存占用", "峰值显存", "gpu 显存", "видеопамять",
    ),
    ("peak_memory", "cpu"): (
        "peak ram", "ram usage", "max ram", "ram use", "peak ram usage", "cpu memory", "peak cpu memory",
        "tepe ram", "ram kullanımı", "cpu belleği",
    ),
}
"""Labels that say of which device the memory is; without such a device there is none of it."""

DEVICE_TERMS: dict[str, tuple[str, ...]] = {
    "cuda": ("on gpu", "on the gpu", "on a gpu", "on cuda", "gpu üzerinde", "gpu da", "auf der gpu", "sur gpu"),
    "cpu": ("on cpu", "on the cpu", "on a cpu", "cpu üzerinde", "cpu da", "auf der cpu", "sur cpu"),
}
"""Words that say on which device the quantity beside them is measured."""

UNIT_METRIC_TERMS: dict[str, tuple[str, ...]] = {
    "s": (
        "time", "times", "timing", "forward", "inference", "çıkarım", "süre", "zaman", "zeit", "temps", "tiempo",
        "tempo", "时间", "耗时",
        "時間", "시간", "время",
    ),
    "tokens/s": ("speed", "rate", "hız", "inference speed", "çıkarım hızı", "速度", "vitesse", "velocidad", "скорость"),
}
"""Words that name a quantity only beside a unit of this base: `Time (ms)`, `Speed (tok/s)`."""

STATISTIC_TERMS: dict[str, tuple[str, ...]] = {
    "median": ("median", "p50", "50th percentile", "medyan", "ortanca", "中位数", "中央値", "медиана", "médiane",
    "mediana"),
    "mean": (
        "mean", "average", "avg", "avg.", "ortalama", "ort", "durchschnitt", "mittelwert", "moyenne", "media", "平均",
        "среднее",
    ),
}
"""Which of many values a label asks for."""

VARIANT_TERMS: dict[str, tuple[str, ...]] = {
    "off": (
        "off", "baseline", "original", "w/o", "orig", "before", "without", "disabled", "false",
        "reference", "vanilla", "unfused",
        "standard", "control", "old", "previous", "none", "orijinal", "özgün", "kapalı", "önce", "öncesi", "temel",
        "temel model", "referans", "olmadan", "devre dışı", "standart", "eski", "mevcut", "basis", "vorher", "aus",
        "original version", "avant", "sans", "antes", "sin", "基线", "基准", "优化前", "关闭", "ベースライン",
        "最適化前",
        "オフ", "기준", "최적화 전", "끔", "базовый", "до",
    ),
    "on": (
        "on", "after", "with", "w/", "enabled", "true", "optimized", "optimised", "new", "fused", "ours", "improved",
        "açık", "sonra", "sonrası", "etkin", "eniyilenmiş", "optimize", "optimize edilmiş", "yeni", "ile", "bizim",
        "nachher", "an", "après", "avec", "después", "con", "优化后", "开启", "最適化後", "オン", "최적화 후", "켬",
        "после",
    ),
    "change": (
        "change", "delta", "Δ", "Δ%", "% Δ", "diff", "difference", "relative change", "percent change", "% change",
        "change %", "difference %", "diff %", "effect", "relative difference", "rel change", "increase", "% increase",
        "percentage change", "percent difference", "% difference",
        "değişim", "fark", "etki", "yüzde değişim", "yüzde fark", "artış", "bağıl değişim", "% değişim", "% fark",
        "änderung", "unterschied", "differenz", "changement", "différence", "cambio", "diferencia", "variação",
        "变化", "差异", "変化", "差", "변화", "차이", "изменение", "разница",
    ),
    "improvement": (
        "improvement", "improvements", "gain", "% improvement", "improvement %", "% gain", "relative improvement",
        "percent improvement", "% faster", "% better", "benefit", "time saved",
        "iyileştirme", "iyileşme", "kazanç", "kazanım", "% iyileştirme", "% iyileşme", "% kazanç", "% daha hızlı",
        "verbesserung", "amélioration", "mejora", "miglioramento", "melhoria", "提升", "改进", "改善", "향상", "개선",
        "улучшение",
    ),
    "reduction": (
        "reduction", "saving", "savings", "% reduction", "decrease", "% decrease", "% saved", "% less",
        "azalma", "tasarruf", "% azalma", "düşüş", "reduktion", "réduction", "reducción", "降低", "削減", "감소",
    ),
    "speedup": (
        "speedup", "speed up", "speed ups", "speedups", "x faster", "times faster", "× faster", "faster",
        "relative speed", "relative speedup", "speedup factor", "speedup x", "x speedup", "acceleration",
        "hızlanma", "kat hızlanma", "kat daha hızlı", "kat hızlı", "daha hızlı", "hızlanma katsayısı", "beschleunigung",
        "accélération", "aceleración", "加速比", "加速", "高速化", "가속", "ускорение",
    ),
    "ratio": ("ratio", "oran", "relative", "on/off", "rapport", "比", "比率", "отношение"),
    "value": (
        "value", "values", "result", "results", "measured", "measured value", "measurement", "actual", "version",
        "details", "spec", "specification", "model", "info", "inference", "forward", "ours measured", "çıkarım",
        "description", "değer", "değerler", "sonuç", "sonuçlar",
        "ölçülen", "ölçülen değer", "ölçüm", "gerçek değer", "gerçek", "sürüm", "ayrıntı", "bilgi", "özellik",
        "wert", "ergebnis", "valeur", "résultat", "valor", "resultado", "valore", "risultato", "值", "数值", "结果",
        "測定値",
        "値", "結果", "값", "결과", "значение", "результат",
    ),
}
"""Arms, and the forms in which a change is asked for; `value` is a column that says nothing of an arm."""

AGAINST_WORDS: tuple[str, ...] = (
    "vs", "versus", "over", "against", "relative to", "compared to", "compared with", "wrt", "göre", "karşı", "kıyasla",
)
"""Between a change and the arm it is counted from: `Speedup vs baseline`."""

DIRECTION_PHRASES: tuple[str, ...] = (
    "lower is better", "higher is better", "smaller is better", "larger is better", "bigger is better",
    "less is better", "more is better", "lower better", "higher better", "the lower the better",
    "the higher the better", "düşük daha iyi", "yüksek daha iyi", "düşük olan iyi", "yüksek olan iyi",
    "az olan iyi", "çok olan iyi", "küçük daha iyi", "büyük daha iyi",
)
"""What a label says of which way is better; it changes nothing about what is asked."""

UNIT_HEADERS: tuple[str, ...] = ("unit", "units", "birim", "birimi", "einheit", "unité", "unidad", "单位", "単位",
"단위")
"""Headers of a column that holds the units of the rows."""

INDEX_HEADERS: tuple[str, ...] = ("no", "nr", "id", "idx", "index", "sıra", "sira", "s no", "row")
"""Headers of a column that only counts the rows; so does `#`."""

CONDITION_TERMS: dict[str, tuple[str, ...]] = {
    "batch": ("batch", "batch size", "batchsize", "bs", "yığın", "yığın boyutu", "parti boyutu", "批大小",
    "バッチサイズ"),
    "length": (
        "sequence length", "seq length", "seq len", "seqlen", "seq", "sequence", "context length", "context", "length",
        "prompt length", "input length", "context size", "dizi uzunluğu", "uzunluk", "bağlam", "bağlam uzunluğu",
        "序列长度",
    ),
    "dtype": ("dtype", "data type", "precision", "veri türü", "veri tipi", "duyarlık", "精度"),
    "threads": ("threads", "thread", "num threads", "iş parçacığı"),
    "size": (
        "model", "models", "dataset", "data set", "resolution", "image size", "input size", "hidden size", "layers",
        "depth", "width", "heads", "backbone", "architecture", "task", "steps", "size", "params",
        "veri kümesi", "çözünürlük", "katman", "görev", "模型", "数据集", "モデル",
    ),
}
"""Headers of columns that say under which conditions a row holds, by the setting they name."""

CORNER_TERMS: tuple[str, ...] = (
    "metric", "metrics", "metrik", "metrikler", "ölçüt", "measure", "quantity", "büyüklük", "component", "bileşen",
    "item", "öğe", "variant", "varyant", "configuration", "config", "yapılandırma", "mechanism", "mekanizma",
    "setting", "ayar", "device", "cihaz", "gpu", "machine", "makine", "hardware", "donanım", "指标", "指標", "지표",
    "метрика", "kennzahl", "métrique", "métrica", "metrica", "method", "yöntem", "model", "name", "ad", "test",
)

FILLERS: frozenset[str] = frozenset(
    {
        "the", "a", "of", "per", "and", "in", "on", "for", "total", "overall", "mode", "model", "only", "our",
        "measured",
        "value", "version", "measurement", "%", "toplam", "ve", "ile", "icin", "modu", "surumu", "deger", "degeri",
        "olcum",
        "olculen", "metric", "metrik",
    }
)
"""Words of a label that change nothing about what it means."""

HEADING_WORDS: frozenset[str] = frozenset(
    {
        "performance", "benchmark", "benchmarks", "benchmarking", "comparison", "comparisons", "measurements",
        "summary", "overview", "evaluation", "experiment", "experiments", "numbers", "figures", "table", "tables",
        "report", "analysis", "ablation", "ablations", "study", "efficiency", "speed", "inference", "training", "test",
        "tests", "testing", "verification", "validation", "main", "all", "general", "current", "final", "latest",
        "key", "quick", "timing", "timings", "profiling", "profile", "requirements", "environment", "statistics",
        "to", "with", "without", "between", "against", "our", "how", "fast", "is", "it", "at", "by", "tokens", "token",
        "batch", "batches", "size", "sizes", "sequence", "sequences", "length", "lengths", "context", "across",
        "different",
        "various", "varying", "scaling", "sweep", "each", "per", "detail", "detailed", "breakdown",
        "optimization", "optimizations", "optimisation", "optimisations", "mechanisms", "regime", "regimes", "costs",
        "cost", "scores", "stats", "metrics", "status", "system", "versus", "before", "after",
        "leistung", "vergleich", "ergebnisse", "messung", "messungen", "résultats", "comparaison", "mesures",
        "resultados", "comparación", "rendimiento", "risultati", "confronto", "desempenho", "性能", "性能测试",
        "测试", "测试结果", "性能对比", "对比", "实验", "实验结果", "基准测试", "ベンチマーク", "比較", "性能評価",
        "評価",
        "実験", "성능", "비교", "벤치마크", "실험", "производительность", "результаты", "сравнение", "бенчмарки",
    }
)
"""Words of a heading that say nothing about which mechanism or which work its tables are about."""

HEADING_STEMS: tuple[str, ...] = (
    "başarım", "performans", "karşılaştırma", "sonuç", "ölçüm", "ölçüt", "özet", "değerlendirme", "deney", "tablo",
    "doğrulama", "kıyaslama", "inceleme", "analiz", "hız", "verimlilik", "çıkarım", "eğitim", "genel", "bakış", "test",
    "ortam", "gereksinim", "rapor", "mekanizma", "düzen", "iyileştirme", "kazanım", "durum", "veri", "sayı", "rakam",
)
"""The same in Turkish; a word may have one of its endings."""

ESTIMATE_WORDS: tuple[str, ...] = (
    "theoretical", "theoretically", "estimate", "estimated", "estimation", "est", "expected", "projected",
    "predicted",
    "hypothetical", "assumed", "guess", "approximate", "teorik", "kuramsal", "tahmini", "tahmin", "beklenen",
    "öngörülen", "varsayılan", "to be measured", "to be confirmed", "to be verified", "ölçülecek", "doğrulanacak",
    "theoretisch", "geschätzt", "théorique", "estimé", "teórico", "estimado", "理论", "预计", "估计", "理論値", "推定",
    "이론", "예상", "теоретически", "оценка",
)
"""Words by which authors mark a number that nobody measured."""
