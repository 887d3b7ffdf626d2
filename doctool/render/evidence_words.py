"""What a line of evidence shows, in the document's language.

Records and `doctool detect --json` hold it in English; names and code in it stay as they are.
"""

from __future__ import annotations

import re

from doctool.detect.evidence import SENTENCES
from doctool.render.phrasebook import Phrasebook
from doctool.terms.units import Language

_TURKISH = {
    "parameter": "{1}: `{0}` parametresi",
    "parameter-alone": "`{0}` parametresi",
    "field": "{1}: `{0}` alanı",
    "defined": "`{0}` tanımlanıyor",
    "read": "`{0}` okunuyor",
    "key": "'{0}' dizgesi",
    "local": "`{0}` atanıyor",
    "kept": "`{0}` olarak saklanıyor",
    "handed": "`{0}` çağrısına veriliyor",
    "decides": "`{0}`",
    "chooses": "`{0}` seçiyor",
    "repeats": "`{0}` yineliyor",
    "filters": "`{0}` süzüyor",
    "combines": "`{0}` ona bağlı",
    "computes": "`{0}` onunla hesaplıyor",
    "sets": "`{0}` onunla ayarlanıyor",
    "assigns": "`{0}` atanıyor",
    "uses": "`{0}` kullanılıyor",
    "unread": "`{0}` okunmuyor",
    "overwritten": "`{0}` üzerine yazılıyor",
    "told": "`{0}` yalnızca bildiriyor",
    "checked": "`{0}` yalnızca denetliyor",
    "dropped": "`{0}` sonucu kullanılmıyor",
    "copied": "{0} onu yalnızca geri veriyor",
    "same": "`{0}` iki yolda da aynı işi yapıyor",
    "not-run": "`{0}` hiç çalıştırılmıyor",
    "dead": "`{0}` hiç çalışmıyor",
    "no-such-parameter": "{0} için `{1}` diye bir parametre yok; bu çağrı TypeError verir",
    "apart": "`{0}` buna bağlı olarak kullanılmıyor",
    "unknown-callee": "`{0}`: mekanizmanın anahtarı veriliyor, neyin çağrıldığı kaynaktan anlaşılmıyor",
    "outside": "`{0}`: mekanizmanın anahtarı veriliyor, kodu bu pakette değil",
    "computed-name": "`{0}`: okunan özniteliğin adı kaynakta yok",
    "computed-store": "`{0}`: atanan özniteliğin adı kaynakta yok",
    "computed-key": "`{0}`: aranan anahtar kaynakta yok",
    "runs-text": "`{0}`: çalıştırılan kod kaynakta yok",
    "other-object": "`{0}` başka bir nesneden okunuyor olabilir",
    "other-result": "`{0}` başka bir nesnede çağrılıyor olabilir",
    "shared": "`{0}` değiştiriliyor, başka kimde olduğu kaynaktan anlaşılmıyor",
    "lost": "`{0}` ile ne yapıldığı kaynaktan anlaşılmıyor",
    "too-nested": "izlenemeyecek kadar iç içe geçmiş kod",
    "gave-up": "tek bir soru için izlenenden çok kod",
    "option": "komut satırı seçeneği `{0}`",
    "hands-on": "`{0}` iletiliyor",
    "imports": "`{0}` içe aktarılıyor",
    "comment": "açıklamada `{0}`",
    "string": "dizgede `{0}`",
}
"""By the kind of a fact, as `detect` has it in English."""
_SLOTS = ("first", "second")


def _pattern(english: str) -> str:
    parts = re.split(r"\{(\d)\}", english)
    return "".join(f"(?P<{_SLOTS[int(one)]}>.+)" if at % 2 else re.escape(one) for at, one in enumerate(parts))


_BOOK = Phrasebook(
    (_pattern(english), re.sub(r"\{(\d)\}", lambda slot: f"{{{_SLOTS[int(slot[1])]}}}", _TURKISH[kind]))
    for kind, english in SENTENCES.items()
)
_CODE = r"(?P<code>`.+`)"
_TEXT = r"(?P<text>'.*'|\".*\")"
_OWNER = r"(?P<owner>\S+)"
_BETWEEN_PHRASES = re.compile(r"; (?=(?:[^`]*`[^`]*`)*[^`]*$)(?!this would raise)")
_ENDINGS = Phrasebook(
    (
        (", and nothing reads what it decides", ", ama neyi belirlediğini okuyan yok"),
        (r", and (?P<code>`[^`]+`) is not used because of it", ", ama {code} buna bağlı olarak kullanılmıyor"),
    )
)
_ENDING = re.compile(r", and (nothing reads what it decides|`[^`]+` is not used because of it)$")
# What only records that were written before hold.
_OLDER = Phrasebook(
    (
        (rf"keyword dictionary {_CODE} of {_OWNER}", "{owner}: {code} anahtar sözcük sözlüğü"),
        (rf"the key {_CODE}", "{code} anahtarı"),
        (rf"the string {_TEXT}", "{text} dizgesi"),
        (rf"case {_TEXT}", "`case {text}`"),
        (rf"matches {_CODE}", "{code} eşleştiriliyor"),
        (rf"reads {_TEXT}", "{text} okunuyor"),
        (rf"reads the key {_TEXT}", "{text} anahtarı okunuyor"),
        (rf"registers {_OWNER}", "{owner} kaydediliyor"),
        (rf"looks up one of the keys, {_TEXT} among them", "anahtarlardan biri aranıyor, aralarında {text} de var"),
        (rf"compares with {_TEXT}", "{text} ile karşılaştırılıyor"),
        (rf"{_CODE} holds it", "{code} içinde tutuluyor"),
        (rf"{_CODE} hands on (?P<text>`.+`)", "{code} ile {text} iletiliyor"),
        (rf"handed to {_OWNER}", "{owner} çağrısına veriliyor"),
        (rf"{_CODE} stops or goes on", "{code} durduruyor ya da sürdürüyor"),
        (rf"{_CODE} counts or does not", "{code} hesaba katılıyor ya da katılmıyor"),
        (rf"{_CODE} never changes, so a part never runs", "{code} hiç değişmiyor, bu yüzden bir bölüm hiç çalışmıyor"),
        (
            rf"{_CODE} is given all keywords, and nothing tells whether it reads the toggle",
            "{code}: bütün anahtar sözcükler veriliyor, mekanizmanınkini okuyup okumadığı kaynaktan anlaşılmıyor",
        ),
        (rf"{_CODE} looks names up while it runs", "{code}: adlar çalışma sırasında aranıyor"),
        (rf"{_CODE} imports while it runs", "{code}: çalışma sırasında içe aktarılıyor"),
        (r"code that is too tangled to be followed", "izlenemeyecek kadar dolaşık kod"),
        (
            rf"{_CODE} may be one of more definitions than can be followed",
            "{code}: izlenebilecek olandan çok tanımdan biri olabilir",
        ),
        (
            r"the first of (?P<count>\d+) more files with names that carry the toggle, which were not followed",
            "mekanizmanın anahtarını taşıyan adların geçtiği, izlenmeyen {count} dosyanın ilki",
        ),
    )
)


def translate_evidence(shows: str, language: Language) -> str:
    """Return what a line of evidence shows, in the document's language; as it is where no words are known for it.

    Args:
        shows: As the record holds it.
        language: Of the document.
    """
    if language != "tr":
        return shows
    return "; ".join(_translate_phrase(phrase) for phrase in _BETWEEN_PHRASES.split(shows))


def _translate_phrase(phrase: str) -> str:
    ending = _ENDING.search(phrase)
    if ending is None:
        return _OLDER.translate(phrase) or _BOOK.translate(phrase) or phrase
    start = _OLDER.translate(phrase[: ending.start()]) or _BOOK.translate(phrase[: ending.start()])
    return f"{start}{_ENDINGS.translate(ending.group())}" if start else phrase
