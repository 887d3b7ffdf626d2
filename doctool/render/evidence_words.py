"""What a line of evidence shows, in the document's language.

Records and `doctool detect --json` hold it in English; names and code in it stay as they are.
"""

from __future__ import annotations

import re

from doctool.render.phrasebook import Phrasebook
from doctool.terms.units import Language

_CODE = r"(?P<code>`.+`)"
_TEXT = r"(?P<text>'.*'|\".*\")"
_OWNER = r"(?P<owner>\S+)"
_BETWEEN_PHRASES = re.compile(r"; (?=(?:[^`]*`[^`]*`)*[^`]*$)")
_ENDINGS = Phrasebook(
    (
        (", and nothing reads what it decides", ", ama neyi belirlediğini okuyan yok"),
        (r", and (?P<code>`[^`]+`) is not used because of it", ", ama {code} buna bağlı olarak kullanılmıyor"),
    )
)
_ENDING = re.compile(r", and (nothing reads what it decides|`[^`]+` is not used because of it)$")
_TURKISH = Phrasebook(
    (
        (rf"parameter {_CODE} of {_OWNER}", "{owner}: {code} parametresi"),
        (rf"parameter {_CODE}", "{code} parametresi"),
        (rf"keyword dictionary {_CODE} of {_OWNER}", "{owner}: {code} anahtar sözcük sözlüğü"),
        (rf"field {_CODE} of {_OWNER}", "{owner}: {code} alanı"),
        (rf"command-line option {_CODE}", "komut satırı seçeneği {code}"),
        (rf"the key {_CODE}", "{code} anahtarı"),
        (rf"the string {_TEXT}", "{text} dizgesi"),
        (rf"case {_TEXT}", "`case {text}`"),
        (rf"assigns {_CODE}", "{code} atanıyor"),
        (rf"defines {_CODE}", "{code} tanımlanıyor"),
        (rf"imports {_CODE}", "{code} içe aktarılıyor"),
        (rf"matches {_CODE}", "{code} eşleştiriliyor"),
        (rf"reads {_CODE}", "{code} okunuyor"),
        (rf"reads {_TEXT}", "{text} okunuyor"),
        (rf"reads the key {_TEXT}", "{text} anahtarı okunuyor"),
        (rf"uses {_CODE}", "{code} kullanılıyor"),
        (rf"registers {_OWNER}", "{owner} kaydediliyor"),
        (rf"looks up one of the keys, {_TEXT} among them", "anahtarlardan biri aranıyor, aralarında {text} de var"),
        (rf"compares with {_TEXT}", "{text} ile karşılaştırılıyor"),
        (rf"kept as {_CODE}", "{code} olarak saklanıyor"),
        (rf"{_CODE} holds it", "{code} içinde tutuluyor"),
        (rf"hands on {_CODE}", "{code} iletiliyor"),
        (rf"{_CODE} hands on (?P<text>`.+`)", "{code} ile {text} iletiliyor"),
        (rf"handed to {_OWNER}", "{owner} çağrısına veriliyor"),
        (rf"{_CODE} is given it", "{code} çağrısına veriliyor"),
        (rf"{_CODE} chooses", "{code} seçiyor"),
        (rf"{_CODE} repeats", "{code} yineliyor"),
        (rf"{_CODE} filters", "{code} süzüyor"),
        (rf"{_CODE} stops or goes on", "{code} durduruyor ya da sürdürüyor"),
        (rf"{_CODE} counts or does not", "{code} hesaba katılıyor ya da katılmıyor"),
        (rf"{_CODE} never changes, so a part never runs", "{code} hiç değişmiyor, bu yüzden bir bölüm hiç çalışmıyor"),
        (rf"{_CODE} in a string", "dizgede {code}"),
        (rf"{_CODE} in a comment", "açıklamada {code}"),
        (
            rf"{_CODE} is given the toggle, and nothing tells what it calls",
            "{code}: mekanizmanın anahtarı veriliyor, neyin çağrıldığı kaynaktan anlaşılmıyor",
        ),
        (
            rf"{_CODE} is given all keywords, and nothing tells whether it reads the toggle",
            "{code}: bütün anahtar sözcükler veriliyor, mekanizmanınkini okuyup okumadığı kaynaktan anlaşılmıyor",
        ),
        (rf"{_CODE} reads an attribute whose name is not in the source", "{code}: okunan özniteliğin adı kaynakta yok"),
        (
            rf"{_CODE} assigns an attribute whose name is not in the source",
            "{code}: atanan özniteliğin adı kaynakta yok",
        ),
        (rf"{_CODE} runs code that is not in the source", "{code}: çalıştırılan kod kaynakta yok"),
        (rf"{_CODE} looks names up while it runs", "{code}: adlar çalışma sırasında aranıyor"),
        (rf"{_CODE} imports while it runs", "{code}: çalışma sırasında içe aktarılıyor"),
        (r"code that is nested too deeply to be followed", "izlenemeyecek kadar iç içe geçmiş kod"),
        (r"code that is too tangled to be followed", "izlenemeyecek kadar dolaşık kod"),
        (
            rf"{_CODE} may be one of more definitions than can be followed",
            "{code}: izlenebilecek olandan çok tanımdan biri olabilir",
        ),
        (r"(?P<code>`.*`)", "{code}"),
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
        return _TURKISH.translate(phrase) or phrase
    start = _TURKISH.translate(phrase[: ending.start()])
    return f"{start}{_ENDINGS.translate(ending.group())}" if start else phrase
