"""The shipped vocabulary: labels in Turkish, English and other languages for each of doctool's names.

Case, diacritics, markup and punctuation do not matter (`normalise`), so each term is listed once.
"""

from __future__ import annotations

# fmt: off
METRIC_TERMS: dict[str, tuple[str, ...]] = {
    "forward_latency": (
        "forward latency", "forward time", "forward pass", "forward pass time", "forward pass latency",
        "model forward time", "model forward latency", "model forward pass", "model latency", "latency",
        "inference time", "inference latency", "time per call", "end to end latency", "e2e latency", "step time",
        "runtime", "run time", "execution time", "response time", "duration", "wall time", "wall clock time",
        "fwd", "fwd time", "fwd latency", "fwd pass", "fwd pass time", "model fwd time", "model fwd latency",
        "ileri geçiş", "ileri geçiş süresi", "model ileri geçiş süresi", "ileri yayılım süresi", "model gecikmesi",
        "forward süresi", "model forward süresi", "forward gecikmesi",
        "gecikme", "gecikme süresi", "çıkarım süresi", "çıkarım gecikmesi", "çalışma süresi", "uçtan uca gecikme",
        "latenz", "laufzeit", "inferenzzeit", "latence", "temps d'inférence", "latencia", "tiempo de inferencia",
        "latenza", "latência", "延迟", "推理延迟", "推理时间", "レイテンシ", "推論時間", "지연 시간", "추론 시간",
        "задержка",
        "время инференса",
    ),
    "block_latency": (
        "block latency", "block time", "latency per block", "per block latency", "mean block latency",
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
        "tokens/sec", "tokens second", "processing speed", "generation speed",
        "iş hacmi", "verim", "saniyedeki token", "saniyede token", "saniye başına token", "token hızı",
        "işlem hacmi", "aktarım hızı", "durchsatz", "débit", "rendimiento", "throughput di token", "vazão",
        "吞吐量", "吞吐", "スループット", "처리량", "пропускная способность",
    ),
    "peak_memory": (
        "peak memory", "memory peak", "memory", "memory usage", "memory use", "memory footprint", "max memory",
        "maximum memory", "peak memory usage", "peak vram", "vram", "vram usage", "peak gpu memory", "gpu memory",
        "mem", "peak mem", "mem peak", "mem usage", "max mem", "gpu mem", "peak gpu mem",
        "gpu memory usage", "peak ram", "ram usage", "memory consumption", "peak memory allocated",
        "tepe bellek", "en yüksek bellek", "bellek", "bellek kullanımı", "bellek tüketimi", "azami bellek",
        "maksimum bellek", "gpu belleği", "tepe bellek kullanımı", "zirve bellek", "speicher", "spitzenspeicher",
        "speicherverbrauch", "mémoire", "mémoire maximale", "memoria", "memoria máxima", "memória",
        "显存", "显存占用", "峰值显存", "内存", "峰值内存", "内存占用", "メモリ", "最大メモリ", "メモリ使用量",
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
        "training time", "yakınsama süresi", "hedefe ulaşma süresi", "hedef kayba ulaşma süresi", "eğitim süresi",
    ),
    "final_perplexity": (
        "final perplexity", "perplexity", "ppl", "final ppl", "validation perplexity", "eval perplexity",
        "son perplexity", "perpleksite", "son perpleksite", "nihai perpleksite", "şaşkınlık", "son şaşkınlık",
        "困惑度", "パープレキシティ", "퍼플렉서티", "перплексия",
    ),
    "loss_variance": (
        "loss variance", "variance of the loss", "training stability", "stability", "training loss variance",
        "kayıp varyansı", "kayıp değişkenliği", "kaybın varyansı", "eğitim kararlılığı", "kararlılık",
    ),
    "memory_overhead": (
        "memory overhead", "extra memory", "additional memory", "memory increase",
        "bellek ek yükü", "ek bellek", "bellek yükü", "ilave bellek", "bellek artışı",
    ),
}

VARIANT_TERMS: dict[str, tuple[str, ...]] = {
    "off": (
        "off", "baseline", "original", "before", "without", "disabled", "false", "reference", "vanilla", "unfused",
        "standard", "control", "old", "previous", "none", "orijinal", "özgün", "kapalı", "önce", "öncesi", "temel",
        "temel model", "referans", "olmadan", "devre dışı", "standart", "eski", "mevcut", "basis", "vorher", "aus",
        "original version", "avant", "sans", "antes", "sin", "基线", "基准", "优化前", "关闭", "ベースライン",
        "最適化前",
        "オフ", "기준", "최적화 전", "끔", "базовый", "до",
    ),
    "on": (
        "on", "after", "with", "enabled", "true", "optimized", "optimised", "new", "fused", "ours", "improved",
        "açık", "sonra", "sonrası", "etkin", "eniyilenmiş", "optimize", "optimize edilmiş", "yeni", "ile", "bizim",
        "nachher", "an", "après", "avec", "después", "con", "优化后", "开启", "最適化後", "オン", "최적화 후", "켬",
        "после",
    ),
    "change": (
        "change", "improvement", "speedup", "speed up", "delta", "Δ", "Δ%", "diff", "difference", "gain", "ratio",
        "reduction", "relative change", "percent change", "% change", "change %", "saving", "savings", "effect",
        "değişim", "iyileştirme", "iyileşme", "hızlanma", "fark", "kazanç", "oran", "artış", "azalma", "kazanım",
        "etki", "yüzde değişim", "verbesserung", "änderung", "unterschied", "amélioration", "changement", "mejora",
        "cambio", "miglioramento", "melhoria", "提升", "改进", "变化", "加速比", "加速", "改善", "変化", "高速化",
        "향상", "변화", "개선", "улучшение", "изменение",
    ),
    "value": (
        "value", "values", "result", "results", "measured", "measured value", "measurement", "actual", "version",
        "details", "spec", "specification", "model", "info", "description", "değer", "değerler", "sonuç", "sonuçlar",
        "ölçülen", "ölçülen değer", "ölçüm", "gerçek değer", "gerçek", "sürüm", "ayrıntı", "bilgi", "özellik",
        "wert", "ergebnis", "valeur", "résultat", "valor", "resultado", "valore", "risultato", "值", "数值", "结果",
        "測定値",
        "値", "結果", "값", "결과", "значение", "результат",
    ),
}
"""`value` is a column that says nothing of an arm."""

CORNER_TERMS: tuple[str, ...] = (
    "metric", "metrics", "metrik", "metrikler", "ölçüt", "measure", "quantity", "büyüklük", "component", "bileşen",
    "item", "öğe", "variant", "varyant", "configuration", "config", "yapılandırma", "mechanism", "mekanizma",
    "setting", "ayar", "device", "cihaz", "gpu", "machine", "makine", "hardware", "donanım", "指标", "指標", "지표",
    "метрика", "kennzahl", "métrique", "métrica", "metrica", "method", "yöntem", "model", "name", "ad", "test",
)

METADATA_TERMS: dict[str, tuple[str, ...]] = {
    "date": (
        "date", "test date", "measurement date", "date measured", "measured on", "measured", "run date",
        "benchmark date",
        "yyyy mm dd", "gg aa yyyy", "dd mm yyyy", "insert date", "tarih", "test tarihi", "ölçüm tarihi",
        "ölçüldüğü tarih",
        "datum", "fecha", "data", "日期", "测试日期", "日付", "測定日", "날짜", "дата",
    ),
    "commit": (
        "commit", "commit hash", "commit sha", "commit id", "git commit", "git hash", "git sha", "revision", "sha",
        "kaynak sürümü", "commit özeti", "提交", "コミット", "커밋",
    ),
    "protocol": ("protocol", "measurement protocol", "protokol", "ölçüm protokolü", "yöntem", "method",
    "methodology"),
    "record": ("record", "record id", "measurement record", "kayıt", "kayıt no", "ölçüm kaydı"),
    "command": ("command", "komut", "how to repeat", "yineleme komutu"),
    "doctool": ("doctool", "doctool version", "doctool sürümü"),
    "cpu": (
        "cpu", "cpu model", "cpu name", "processor", "processor model", "işlemci", "işlemci modeli", "prozessor",
        "processeur", "procesador", "处理器", "プロセッサ", "프로세서", "процессор",
    ),
    "cores": (
        "cores", "core count", "cpu cores", "usable cores", "number of cores", "çekirdek", "çekirdek sayısı",
        "kullanılabilir çekirdek", "cpu çekirdek sayısı", "işlemci çekirdeği", "kerne", "核心数", "コア数", "코어 수",
    ),
    "cpu_quota": ("cpu quota", "cpu limit", "cpu kotası", "cpu sınırı"),
    "governor": ("governor", "cpu governor", "frequency governor", "frekans yöneticisi"),
    "turbo": ("turbo", "turbo boost", "boost"),
    "ram_bytes": (
        "ram", "system memory", "total memory", "host memory", "ram size", "memory size", "installed memory",
        "sistem belleği", "toplam bellek", "ram miktarı", "arbeitsspeicher", "内存大小", "搭載メモリ",
    ),
    "gpu": (
        "gpu", "gpu model", "gpu name", "gpu type", "graphics card", "accelerator", "device name", "gpu modeli",
        "gpu adı", "ekran kartı", "hızlandırıcı", "grafikkarte", "carte graphique", "显卡", "gpu型号",
        "グラフィックボード",
        "그래픽 카드", "видеокарта",
    ),
    "gpu_count": ("gpu count", "number of gpus", "gpus", "gpu sayısı", "gpu adedi"),
    "gpu_memory_bytes": (
        "gpu memory size", "gpu ram", "vram size", "total vram", "device memory", "gpu bellek boyutu", "toplam vram",
        "gpu bellek", "vram miktarı",
    ),
    "compute_capability": ("compute capability", "hesaplama yeteneği", "cuda compute capability", "sm version"),
    "driver": (
        "driver", "driver version", "gpu driver", "nvidia driver", "nvidia driver version", "sürücü", "sürücü sürümü",
        "gpu sürücüsü", "nvidia sürücüsü", "treiber", "驱动", "驱动版本", "ドライバ", "드라이버",
    ),
    "cuda": ("cuda", "cuda version", "cuda toolkit", "cuda sürümü", "cuda versiyonu", "cuda版本", "cudaバージョン"),
    "cudnn": ("cudnn", "cudnn version", "cudnn sürümü"),
    "gpu_power_limit_w": ("power limit", "gpu power limit", "güç sınırı"),
    "gpu_ecc": ("ecc", "gpu ecc"),
    "gpu_mig": ("mig", "gpu mig"),
    "gpu_persistence": ("persistence", "persistence mode", "gpu persistence"),
    "os": (
        "os", "os version", "operating system", "platform", "işletim sistemi", "işletim sistemi sürümü",
        "betriebssystem", "système d'exploitation", "sistema operativo", "操作系统", "オペレーティングシステム",
        "운영 체제",
        "операционная система",
    ),
    "kernel": ("kernel", "kernel version", "linux kernel", "çekirdek sürümü", "linux çekirdeği"),
    "container": ("container", "container image", "docker", "kapsayıcı", "konteyner"),
    "python": ("python", "python version", "python sürümü", "python versiyonu", "python版本"),
    "torch": ("torch", "torch version", "pytorch", "pytorch version", "pytorch sürümü", "pytorch versiyonu",
    "torch sürümü"),
    "triton": ("triton", "triton version", "triton sürümü"),
    "blas": ("blas", "blas library", "mkl", "blas kitaplığı"),
    "threads": ("threads", "thread count", "torch threads", "number of threads", "iş parçacığı",
    "iş parçacığı sayısı"),
    "tf32": ("tf32", "allow tf32"),
    "deterministic": ("deterministic", "determinism", "belirlenimci", "belirlenimcilik"),
    "compile": ("compile", "torch compile", "compile mode", "derleme kipi"),
    "device": ("device", "cihaz", "aygıt"),
    "dtype": ("dtype", "data type", "precision", "veri türü", "veri tipi", "duyarlık"),
}

ENVIRONMENT_KEYS: tuple[str, ...] = tuple(METADATA_TERMS)
"""Facts a document may ask for: those of a record's environment, and those of the record itself."""

FILLERS: frozenset[str] = frozenset(
    {
        "the", "a", "of", "per", "and", "in", "on", "for", "vs", "mean", "average", "avg", "median", "total",
        "overall",
        "p50", "mode", "model", "only", "our", "measured", "expected", "estimated", "theoretical", "value", "version",
        "measurement", "%", "teorik", "tahmini", "beklenen", "ortalama", "medyan", "ortanca", "toplam", "ve", "ile",
        "icin", "modu", "surumu", "deger", "degeri", "olcum",
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
