"""What a record notes for the reader, in the document's language.

Records hold notes as English sentences, since they are read by people everywhere. The sentences doctool itself writes
have their Turkish here; any other is repeated as it is.
"""

from __future__ import annotations

from doctool.render.phrasebook import Phrasebook
from doctool.terms.units import Language

_TURKISH = Phrasebook(
    (
        (
            r"(?P<done>\d+) steps instead of (?P<asked>\d+), to fit (?P<seconds>\d+) s",
            "{seconds} saniyeye sığması için {asked} yerine {done} adım",
        ),
        (
            r"no submodule is called (?P<name>.+), so it was not timed",
            "{name} adında bir alt modül yok, bu yüzden süresi ölçülmedi",
        ),
        (
            r"(?P<count>\d+) earlier replicates do not count: they had another size or environment",
            "daha önceki {count} yineleme sayılmıyor: boyutları ya da ortamları farklıydı",
        ),
        (
            r"(?P<arm>\S+) is launch-bound: enqueueing its kernels takes as long as running them",
            "{arm}: çekirdekleri kuyruğa koymak, çalıştırmak kadar sürüyor",
        ),
        (
            r"(?P<arm>\S+) is launch-bound: .+, and it cannot be recorded as a CUDA graph",
            "{arm}: çekirdekleri kuyruğa koymak, çalıştırmak kadar sürüyor; CUDA grafiği olarak kaydedilemedi",
        ),
        (
            r"throughput counts all calls, latency is the middle one's: slow calls set them (?P<percent>\d+) % apart",
            "işlem hacmi bütün çağrıları sayar, gecikme ortadakinindir: yavaş çağrılar ikisini %{percent} ayırıyor",
        ),
        (
            r"measured on a busy machine: (?P<spoilt>\d+) of (?P<blocks>\d+) blocks were disturbed, and count",
            "meşgul bir makinede ölçüldü: {blocks} bloktan {spoilt} tanesi bozuldu, yine de sayılıyor",
        ),
        (
            r"out of memory with (?P<large>.+); measured with (?P<small>.+) in every arm",
            "{large} ile bellek yetmedi; bütün kollar {small} ile ölçüldü",
        ),
    )
)


def translate_note(note: str, language: Language) -> str:
    """Return a record's note in the document's language.

    Args:
        note: As the record holds it.
        language: Of the document.
    """
    return (_TURKISH.translate(note) if language == "tr" else None) or note
