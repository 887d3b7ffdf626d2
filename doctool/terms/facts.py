"""What is seen in source code and by a probe, as facts: a kind with its names. Sentences are made where they are read.

Records hold the kinds, which therefore stay stable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from doctool.terms.units import Language

_SEEN_IN_SOURCE: dict[str, tuple[str, str]] = {
    # Where a value comes in, and its way.
    "parameter": ("{1}: `{0}` parametresi", "parameter `{0}` of {1}"),
    "field": ("{1}: `{0}` alanı", "field `{0}` of {1}"),
    "parameter-alone": ("`{0}` parametresi", "parameter `{0}`"),
    "defined": ("`{0}` tanımlanıyor", "defines `{0}`"),
    "read": ("`{0}` okunuyor", "reads `{0}`"),
    "key": ("'{0}' dizgesi", "the string '{0}'"),
    "local": ("`{0}` atanıyor", "assigns `{0}`"),
    "kept": ("`{0}` olarak saklanıyor", "kept as `{0}`"),
    "handed": ("`{0}` çağrısına veriliyor", "`{0}` is given it"),
    # What it does.
    "decides": ("`{0}`", "`{0}`"),
    "chooses": ("`{0}` seçiyor", "`{0}` chooses"),
    "repeats": ("`{0}` yineliyor", "`{0}` repeats"),
    "filters": ("`{0}` süzüyor", "`{0}` filters"),
    "combines": ("`{0}` ona bağlı", "`{0}` depends on it"),
    "computes": ("`{0}` onunla hesaplıyor", "`{0}` computes with it"),
    "sets": ("`{0}` onunla ayarlanıyor", "`{0}` is set by it"),
    "assigns": ("`{0}` atanıyor", "assigns `{0}`"),
    "uses": ("`{0}` kullanılıyor", "uses `{0}`"),
    # Why it does nothing.
    "unread": ("`{0}` okunmuyor", "nothing reads `{0}`"),
    "overwritten": ("`{0}` üzerine yazılıyor", "`{0}` is overwritten"),
    "told": ("`{0}` yalnızca bildiriyor", "`{0}` only tells it"),
    "checked": ("`{0}` yalnızca denetliyor", "`{0}` only checks it"),
    "dropped": ("`{0}` sonucu kullanılmıyor", "nothing uses what `{0}` gives back"),
    "same": ("`{0}` iki yolda da aynı işi yapıyor", "`{0}` does the same on both ways"),
    "not-run": ("`{0}` hiç çalıştırılmıyor", "`{0}` is never run"),
    "dead": ("`{0}` hiç çalışmıyor", "`{0}` never runs"),
    "no-such-parameter": (
        "{0} için `{1}` diye bir parametre yok; bu çağrı TypeError verir",
        "{0} takes no `{1}`; this would raise TypeError",
    ),
    "copied": ("{0} onu yalnızca geri veriyor", "{0} only gives it back"),
    "apart": ("`{0}` buna bağlı olarak kullanılmıyor", "`{0}` is not used because of it"),
    # What source alone cannot tell.
    "unknown-callee": (
        "`{0}`: mekanizmanın anahtarı veriliyor, neyin çağrıldığı kaynaktan anlaşılmıyor",
        "`{0}` is given the toggle, and nothing tells what it calls",
    ),
    "outside": (
        "`{0}`: mekanizmanın anahtarı veriliyor, kodu bu pakette değil",
        "`{0}` is given the toggle, and its code is not in the package",
    ),
    "computed-name": (
        "`{0}`: okunan özniteliğin adı kaynakta yok",
        "`{0}` reads an attribute whose name is not in the source",
    ),
    "computed-store": (
        "`{0}`: atanan özniteliğin adı kaynakta yok",
        "`{0}` assigns an attribute whose name is not in the source",
    ),
    "computed-key": ("`{0}`: aranan anahtar kaynakta yok", "`{0}` looks up a key that is not in the source"),
    "runs-text": ("`{0}`: çalıştırılan kod kaynakta yok", "`{0}` runs code that is not in the source"),
    "other-object": ("`{0}` başka bir nesneden okunuyor olabilir", "`{0}` may be read of another object"),
    "other-result": ("`{0}` başka bir nesnede çağrılıyor olabilir", "`{0}` may be called on another object"),
    "shared": (
        "`{0}` değiştiriliyor, başka kimde olduğu kaynaktan anlaşılmıyor",
        "`{0}` is changed, and nothing tells who else holds it",
    ),
    "lost": ("`{0}` ile ne yapıldığı kaynaktan anlaşılmıyor", "nothing tells what becomes of `{0}`"),
    "too-nested": ("izlenemeyecek kadar iç içe geçmiş kod", "code that is nested too deeply to be followed"),
    "gave-up": ("tek bir soru için izlenenden çok kod", "more code than is followed for one question"),
    # Where only the name stands.
    "option": ("komut satırı seçeneği `{0}`", "command-line option `{0}`"),
    "hands-on": ("`{0}` iletiliyor", "hands on `{0}`"),
    "imports": ("`{0}` içe aktarılıyor", "imports `{0}`"),
    "comment": ("açıklamada `{0}`", "`{0}` in a comment"),
    "string": ("dizgede `{0}`", "`{0}` in a string"),
}

_SEEN_BY_PROBE: dict[str, tuple[str, str]] = {
    "output-gone": ("çıktılar: {0} artık yok", "outputs: {0} is gone"),
    "output-new": ("çıktılar: {0} yeni", "outputs: {0} is new"),
    "output-shape": ("çıktılar: {0} biçimi {1} → {2}", "outputs: {0} has shape {1} → {2}"),
    "output-differs": ("çıktılar: {0} en çok {1} farklı", "outputs: {0} differs by up to {1}"),
    "training-gone": ("eğitim kipindeki çıktılar: {0} artık yok", "outputs in training: {0} is gone"),
    "training-new": ("eğitim kipindeki çıktılar: {0} yeni", "outputs in training: {0} is new"),
    "training-shape": (
        "eğitim kipindeki çıktılar: {0} biçimi {1} → {2}",
        "outputs in training: {0} has shape {1} → {2}",
    ),
    "training-differs": (
        "eğitim kipindeki çıktılar: {0} en çok {1} farklı",
        "outputs in training: {0} differs by up to {1}",
    ),
    "auxiliary": (
        "ek çıktı {0} = {1}, sonlu, {2} parametreye gradyan veriyor",
        "auxiliary {0} = {1}, finite, gives gradients to {2} parameters",
    ),
    "auxiliary-alone": (
        "ek çıktı {0} = {1}, sonlu, hiçbir parametreye gradyan vermiyor",
        "auxiliary {0} = {1}, finite, gives gradients to no parameter",
    ),
    "kernels": ("kernel'ler: {0}", "kernels: {0}"),
    "kernels-of-other-shapes": (
        "kernel'ler: aynı işlemler, başka biçim ya da türler: {0}",
        "kernels: same operators, other shapes or types: {0}",
    ),
    "training-kernels": ("eğitimdeki kernel'ler: {0}", "kernels in training: {0}"),
    "training-kernels-of-other-shapes": (
        "eğitimdeki kernel'ler: aynı işlemler, başka biçim ya da türler: {0}",
        "kernels in training: same operators, other shapes or types: {0}",
    ),
    "gradients": ("gradyanlar: {1} parametrenin {0} tanesinde farklı", "gradients: {0} of {1} differ"),
    "compiled": (
        "derlenmiş kod ({0}) çalışıyor; deneme bunun içine bakamaz",
        "code compiled by {0} runs, into which the probe cannot look",
    ),
    "parameters": ("parametreler: {0} → {1}: {2}", "parameters: {0} → {1}: {2}"),
    "modules": ("modüller: {0}", "modules: {0}"),
    "runs-the-same": (
        "ama çalışan aynı: hiçbir kernel, çıktı ya da gradyan farklı değil",
        "but what runs is the same: no kernel, output or gradient differs",
    ),
    "all-the-same": (
        "parametreler, modüller, kernel'ler, çıktılar ve gradyanlar aynı",
        "parameters, modules, kernels, outputs and gradients are the same",
    ),
    "other-draws": (
        "kapalıyken ve açıkken başka rastgele sayılar çekiliyor; yalnızca bunların değiştirdiği sayılmadı",
        "off and on draw different random numbers; what only these change was not counted",
    ),
    "training-failed": ("eğitim kipinde çalışmıyor: {0}", "in training mode it fails: {0}"),
    "defaults": (
        "{0} varsayılan değerleriyle çağrıldı; iş yükünün 'call' anahtarı bunları ayarlar",
        "called with {0} as by default; 'call' of the workload sets them",
    ),
}

SENTENCES = {**_SEEN_IN_SOURCE, **_SEEN_BY_PROBE}
"""By kind, the sentence in Turkish and in English; the numbers stand for the fact's names."""

_SLOT = re.compile(r"`\{(?P<code>\d)\}`|\{(?P<plain>\d)\}")
_NUMBER_OF_NAMES = {kind: len({*re.findall(r"\{\d\}", english)}) for kind, (_, english) in SENTENCES.items()}


def names_asked_by(kind: str) -> int:
    """Return how many names the sentence of a kind has."""
    return _NUMBER_OF_NAMES[kind]


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was seen.

    Args:
        kind: One of `SENTENCES`.
        names: What the sentence names: code, numbers, names of tensors.

    Raises:
        ValueError: There is no such kind, or its sentence names more or fewer.
    """

    kind: str
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        asked = _NUMBER_OF_NAMES.get(self.kind)
        if asked is None:
            raise ValueError(f"there is no fact of the kind {self.kind!r}")
        if len(self.names) != asked:
            raise ValueError(f"a fact of the kind {self.kind!r} has {asked} names, not {len(self.names)}")


def fact(kind: str, *names: object) -> Fact:
    """Return a fact of a kind; numbers become text."""
    return Fact(kind=kind, names=tuple(map(str, names)))


def _in_backticks(text: str) -> str:
    return f"`{text}`"


def write_facts(
    facts: Iterable[Fact],
    language: Language,
    code: Callable[[str], str] = _in_backticks,
    plain: Callable[[str], str] = str,
) -> str:
    """Return facts as sentences.

    Args:
        facts: In the order in which they are to be read.
        language: Of the sentences.
        code: Writes a name that is source code.
        plain: Writes any other name.
    """
    return "; ".join(_write(each, language, code, plain) for each in facts)


def _write(each: Fact, language: Language, code: Callable[[str], str], plain: Callable[[str], str]) -> str:
    turkish, english = SENTENCES[each.kind]

    def name(slot: re.Match[str]) -> str:
        write = code if slot["code"] else plain
        return write(each.names[int(slot["code"] or slot["plain"])])

    return _SLOT.sub(name, turkish if language == "tr" else english)
