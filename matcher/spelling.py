"""One form for words that differ only by house spelling, and the short word lists the matcher knows.

`fold` maps a normalised word (lower case, no accents, apostrophes and hyphens removed) to the form it is compared
under: signalled and signaled, normalisation and normalization, Kiev and Kyiv, two and 2 are the same word to the
matcher. Rules by suffix for what is regular, tables for what is not. Folding may merge a few words that are not
the same (flour, flor): harmless inside runs of four words, and `edits` compares what was printed anyway.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_RULES: Final[tuple[tuple[str, str], ...]] = (
    # British ending, American ending; the longest that fits wins (see _SUFFIXES)
    *((f"is{end}", f"iz{end}") for end in ("e", "ed", "es", "er", "ers", "ing", "ation", "ations", "ational")),
    *((f"ys{end}", f"yz{end}") for end in ("e", "ed", "es", "er", "ers", "ing")),
    *((f"our{end}", f"or{end}") for end in ("", "s", "ed", "ing", "able", "ably", "ful", "ite", "ites", "hood", "er")),
    *((f"our{end}", f"or{end}") for end in ("hoods", "ers", "less", "ist", "ists")),
    *((f"ogue{end}", f"og{end}") for end in ("", "s")),
    ("wards", "ward"),
)
_SUFFIXES: Final = dict(_RULES)
_ENDINGS: Final = tuple(sorted(_SUFFIXES, key=len, reverse=True))
_DOUBLED: Final = ("lled", "lling", "ller", "llers", "llor", "llors", "llings")
TAILS: Final = frozenset(ending[-4:] for ending in (*_ENDINGS, *_DOUBLED) if len(ending) > 3) | {
    f"{letter}{ending}" for ending in _ENDINGS if len(ending) < 4 for letter in "abcdefghijklmnopqrstuvwxyz"
}
"""The last four letters of every word a rule could touch: all others need no second look."""

_SPELLINGS: Final = """
    centre=center centres=centers centred=centered theatre=theater theatres=theaters metre=meter metres=meters
    kilometre=kilometer kilometres=kilometers centimetre=centimeter centimetres=centimeters millimetres=millimeters
    litre=liter litres=liters fibre=fiber fibres=fibers calibre=caliber sabre=saber sombre=somber spectre=specter
    meagre=meager lustre=luster manoeuvre=maneuver manoeuvres=maneuvers manoeuvring=maneuvering
    defence=defense defences=defenses offence=offense offences=offenses pretence=pretense licence=license
    licences=licenses practise=practice practised=practiced practising=practicing
    programme=program programmes=programs kilogramme=kilogram kilogrammes=kilograms tonne=ton tonnes=tons
    grey=gray tyre=tire tyres=tires plough=plow ploughed=plowed aluminium=aluminum jewellery=jewelry mum=mom
    sceptic=skeptic sceptics=skeptics sceptical=skeptical scepticism=skepticism ageing=aging judgement=judgment
    judgements=judgments acknowledgement=acknowledgment whilst=while amongst=among enrol=enroll enrolment=enrollment
    fulfil=fulfill fulfilment=fulfillment instalment=installment instalments=installments skilful=skillful
    wilful=willful artefact=artifact artefacts=artifacts moustache=mustache pyjamas=pajamas sulphur=sulfur
    aeroplane=airplane aeroplanes=airplanes cosy=cozy storey=story storeys=stories cheque=check cheques=checks
    paediatric=pediatric paediatrician=pediatrician anaemia=anemia haemorrhage=hemorrhage foetus=fetus
    diarrhoea=diarrhea encyclopaedia=encyclopedia archaeology=archeology archaeologist=archeologist
    archaeologists=archeologists orthopaedic=orthopedic leukaemia=leukemia oesophagus=esophagus
    learnt=learned burnt=burned spelt=spelled dreamt=dreamed spilt=spilled towards=toward adviser=advisor
    advisers=advisors protester=protestor protesters=protestors okay=ok alright=allright travelogue=travelog
    kerb=curb draught=draft furore=furor gaol=jail mould=mold moulds=molds smoulder=smolder
    smouldering=smoldering focussed=focused focussing=focusing benefitted=benefited targetted=targeted
    kyiv=kiev odesa=odessa kharkiv=kharkov luhansk=lugansk lviv=lvov chornobyl=chernobyl dnipro=dnepr
    yanukovich=yanukovych zelensky=zelenskyy zelenskiy=zelenskyy poroshenko=poroschenko
    gaddafi=kadhafi qaddafi=kadhafi qadhafi=kadhafi hizbullah=hezbollah hizbollah=hezbollah teheran=tehran
    koran=quran muhammad=mohammed mohamed=mohammed mohammad=mohammed houthis=huthis houthi=huthi
    alqaida=alqaeda alassad=assad daech=daesh
    percent=% pct=% prozent=% pourcent=%
"""
_NUMBERS: Final = """
    zero=0 two=2 three=3 four=4 five=5 six=6 seven=7 eight=8 nine=9 ten=10 eleven=11 twelve=12 thirteen=13 fifteen=15
    twenty=20 thirty=30 forty=40 fifty=50 sixty=60
    deux=2 trois=3 quatre=4 cinq=5 sept=7 huit=8 neuf=9 dix=10 onze=11 douze=12
    zwei=2 drei=3 vier=4 funf=5 sechs=6 sieben=7 acht=8 neun=9 zehn=10 elf=11 zwolf=12
    dos=2 tres=3 cuatro=4 cinco=5 seis=6 siete=7 ocho=8 nueve=9 diez=10
"""
TABLE: Final = dict(pair.split("=") for pair in (_SPELLINGS + _NUMBERS).split())


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


FUNCTION_WORDS: Final = _words("""
    a an the this that these those of in on at to for from by with as and or but if than then so it its he she his her
    him they their them we our us you your i my me is are was were be been being has have had having do does did will
    would could should may might can must who whom which what when where while also about after before over under into
    out up down off between during against through there here more most some any all other such own same very just said
    says say one new s t
    le la les un une des du de au aux et ou mais que qui dont dans sur sous par pour avec sans ce cet cette ces il elle
    ils elles son sa ses leur leurs est sont etait ete a ont avait plus ne pas se selon apres entre comme lors y
    der die das den dem des ein eine einen einem einer eines und oder aber dass daß in im an am auf aus bei mit nach von
    vom zu zum zur fur uber unter ist sind war waren wird werden wurde wurden hat haben hatte sich nicht auch als wie
    es er sie wir ihr sein seine seiner ihre noch nur so um bis durch vor
    el los las una unos unas del al y o pero en con por para sin su sus lo que se es son fue han ha habia mas no como
    il lo gli i uno di da dal della dei nel nella con su per tra che non e sono era ha hanno piu come
    o os as um uma do dos das no na nos nas ao e ou mas com por para sem seu sua que se foi sao nao mais como
    в во на с со к ко у о об от до из за по под при для без и а но или не ни что чтобы как это этот эта эти он она они
    его ее их был была были было быть будет бы же ли так также уже еще
    في من على الي الى عن مع هذا هذه ذلك التي الذي الذين ان انه انها كان كانت قد لا لم لن ما او و ثم بعد قبل بين كما
    عند حتي كل اي هو هي هم
    """)
NEGATIONS: Final = _words("""
    not no never none nothing nobody neither nor without cannot cant wont dont doesnt didnt isnt arent wasnt werent
    wouldnt couldnt shouldnt hasnt havent hadnt deny denies denied refuse refused
    allegedly alleged reportedly apparently possibly likely unlikely may might could suspected claimed purported
    ne pas jamais aucun aucune sans ni non peutetre presume presumee
    nicht kein keine keinen keiner nie niemals ohne angeblich mutmaßlich mutmasslich
    no nunca ningun ninguna sin presunto presunta tampoco jamas
    не нет ни никогда без якобы
    لا لم لن ليس ليست غير دون بدون
    """)
ATTRIBUTIONS: Final = _words("""
    said says say told tells according added adding stated claimed announced reported confirmed insisted argued warned
    explained admitted declared denied statement spokesman spokeswoman spokesperson source sources official officials
    quoted quoting
    dit selon declare indique affirme precise ajoute annonce source sources portaparole
    sagte sagten laut zufolge erklarte teilte sprecher sprecherin angaben mitteilte
    dijo segun afirmo anuncio declaro senalo portavoz fuente fuentes
    сказал заявил сообщил словам источник
    قال قالت اضاف اكد اعلن وقال واضاف واكد مصدر
    """)


def fold(word: str) -> str:
    """The form a normalised word is compared under. Idempotent: fold(fold(w)) == fold(w).

    `word` is lower case and without accents; ligatures and ß may still be in it.
    """
    if not word.isascii():
        word = unicodedata.normalize("NFKC", word).replace("ß", "ss").replace("æ", "ae").replace("œ", "oe")
    word = TABLE.get(word, word)
    if len(word) < 5 or not word.isascii():
        return word
    if word.endswith(_DOUBLED):
        word = _single_l(word)
    if word.endswith(_ENDINGS):
        ending = next(end for end in _ENDINGS if word.endswith(end))
        word = word[: -len(ending)] + _SUFFIXES[ending]
    return word


def _single_l(word: str) -> str:
    """Travelled as traveled, yet not filled as filed: only an unstressed last syllable doubles its l."""
    at = word.rindex("ll")
    stem = word[:at]
    vowels = sum(1 for i, c in enumerate(stem) if c in "aeiouy" and (i == 0 or stem[i - 1] not in "aeiouy"))
    return stem + word[at + 1 :] if vowels >= 2 and stem[-1:] in "aei" else word
