"""Labels for the facts about a machine and a measurement, by environment key."""

from __future__ import annotations

# fmt: off
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
