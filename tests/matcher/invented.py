"""Stories nobody filed, and endless prose in no language, for testing the matcher."""

from __future__ import annotations

import random
from collections.abc import Sequence

from matcher.decide import ArticleText, StoryText
from matcher.text import Text, read

STORY = (
    "Dockworkers in the port of Marevka walked out on Monday after talks over night shifts collapsed, halting "
    "container traffic at the largest harbour on the Sava gulf, the port authority said.",
    "About 2,400 workers joined the strike, which the union signalled last week when managers refused to discuss "
    "the normalisation of working hours.",
    '"We have waited nine years for an answer and we will not wait one day more," union leader Petra Holm told '
    "reporters outside the main gate.",
    "Eleven ships were anchored off the coast by nightfall, among them two tankers bound for the refinery at Ostrel, "
    "according to the harbour master.",
    "Transport Minister Iven Karas declined to say whether the army could be asked to unload medicine and grain.",
    "Last year's dispute at the port, which lasted 17 days, cost exporters an estimated 340 million crowns and ended "
    "only when a court ordered both sides back to the table.",
    '"Nobody wins when the cranes stand still," Karas said in a statement. "The government is ready to mediate, but '
    'it cannot negotiate in place of the employers."',
    "Shipping lines have begun to divert cargo to the smaller harbours of Lune and Vask, where berths are scarce and "
    "insurers have raised their rates since the storms of February.",
)
OTHER_STORY = (
    "Growers in the upper Tessin valley expect the smallest apricot harvest in four decades after frost struck the "
    "orchards twice in April, the farmers' cooperative said on Tuesday.",
    "Temperatures fell to minus six degrees on two consecutive nights, just as the earliest trees had come into bloom, "
    "and heaters placed between the rows saved no more than a tenth of the crop.",
    "The cooperative, which sells to canneries in three countries, has asked the regional council for a loan of five "
    "million crowns to carry its members through to the next season.",
    "Prices at the wholesale market in Brenna rose by a third within a week, traders said, and imports from the south "
    "are unlikely to fill the gap before the middle of July.",
)
SAME_EVENT = (
    "A strike has closed the docks of Marevka, leaving ships stranded in the gulf and shopkeepers worried about empty "
    "shelves by the weekend.",
    "Pickets lit braziers at dawn and turned lorries back along the quay road. Many drivers sounded their horns in "
    "sympathy as they left.",
    '"We have waited nine years for an answer and we will not wait one day more," Petra Holm, who heads the union, '
    "said to cheers.",
    "Economists at the university put the daily damage at some 20 million crowns. Supermarkets said that their "
    "warehouses held enough for ten days.",
)
FRENCH = (
    "Les dockers du port de Marevka ont cessé le travail lundi après l'échec des négociations sur les équipes de nuit, "
    "paralysant le trafic des conteneurs, a annoncé l'autorité portuaire.",
    "« Nous attendons une réponse depuis neuf ans », a déclaré la dirigeante syndicale Petra Holm devant la grille "
    "principale, entourée de quelque 2 400 grévistes.",
    "Le ministre des Transports, Iven Karas, a refusé de dire si l'armée pourrait décharger les médicaments et le blé.",
)
ARABIC = (
    "أضرب عمال ميناء ماريفكا يوم الاثنين بعد فشل المفاوضات حول العمل الليلي مما أدى إلى توقف حركة الحاويات في أكبر "
    "موانئ الخليج حسبما أعلنت سلطة الميناء",
    "وشارك في الإضراب نحو 2400 عامل بعد أن رفضت الإدارة مناقشة ساعات العمل مع النقابة التي تطالب بها منذ تسع سنوات",
    "ورست إحدى عشرة سفينة قبالة الساحل مع حلول الليل بينها ناقلتان متجهتان إلى المصفاة الكبرى في المدينة المجاورة",
)
JAPANESE = (
    "マレフカ港の港湾労働者は月曜日、夜間勤務をめぐる交渉が決裂したことを受けてストライキに入り、湾内最大の港でコンテナの荷役が止まったと港湾当局が発表した。",
    "ストライキには約二千四百人が参加し、組合は先週から勤務時間の正常化について経営側が協議に応じなければ仕事を止めると警告していた。",
    "「九年間も答えを待ってきた。もう一日も待てない」と組合の代表は正門前で記者団に語り、沖合には夜までに十一隻の船が停泊した。",
)

_SYLLABLES = (
    "ba",
    "cor",
    "del",
    "fin",
    "gro",
    "hal",
    "jun",
    "kes",
    "lor",
    "mun",
    "nar",
    "pol",
    "rif",
    "sten",
    "tuv",
    "wex",
)


def prose(words: int, seed: int) -> str:
    """`words` invented words: two texts of different seeds share hardly a run of four."""
    chance = random.Random(seed)
    return " ".join("".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(words))


def article(paragraphs: Sequence[str], **facts: object) -> ArticleText:
    """An article that prints these paragraphs."""
    return ArticleText(read(paragraphs), **facts)  # type: ignore[arg-type]  # the keywords of ArticleText


def take(
    paragraphs: Sequence[str] | Text, key: int = 1, family: str = "", number: int = 1, **facts: object
) -> StoryText:
    """A take of a story of the agency "AFP"; a family of its own unless one is named."""
    text = paragraphs if isinstance(paragraphs, Text) else read(paragraphs)
    return StoryText(key, family or f"story {key}", "AFP", number, text, **facts)  # type: ignore[arg-type]  # as above
