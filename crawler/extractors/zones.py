"""The clock of an outlet nobody catalogued: the zone of the country its domain belongs to, where that has only one.

Only country domains of one zone are listed (a .us, .ca, .au, .br, .mx, .ru or .id page could be in several), and
never the free-for-all ones (.co, .io, .me, .tv). What is read with such a zone is marked as the outlet's, not stated.
"""

from __future__ import annotations

from urllib.parse import urlsplit

ZONE_OF_DOMAIN = {
    "ae": "Asia/Dubai", "ar": "America/Argentina/Buenos_Aires", "at": "Europe/Vienna", "ba": "Europe/Sarajevo",
    "bd": "Asia/Dhaka", "be": "Europe/Brussels", "bg": "Europe/Sofia", "bo": "America/La_Paz", "by": "Europe/Minsk",
    "ch": "Europe/Zurich", "cn": "Asia/Shanghai", "cr": "America/Costa_Rica", "cu": "America/Havana",
    "cz": "Europe/Prague", "de": "Europe/Berlin", "dk": "Europe/Copenhagen", "do": "America/Santo_Domingo",
    "dz": "Africa/Algiers", "ee": "Europe/Tallinn", "eg": "Africa/Cairo", "es": "Europe/Madrid",
    "et": "Africa/Addis_Ababa", "fi": "Europe/Helsinki", "fr": "Europe/Paris", "gh": "Africa/Accra",
    "gr": "Europe/Athens", "gt": "America/Guatemala", "hk": "Asia/Hong_Kong", "hn": "America/Tegucigalpa",
    "hr": "Europe/Zagreb", "hu": "Europe/Budapest", "ie": "Europe/Dublin", "il": "Asia/Jerusalem",
    "in": "Asia/Kolkata", "iq": "Asia/Baghdad", "ir": "Asia/Tehran", "is": "Atlantic/Reykjavik", "it": "Europe/Rome",
    "jo": "Asia/Amman", "jp": "Asia/Tokyo", "ke": "Africa/Nairobi", "kr": "Asia/Seoul", "kw": "Asia/Kuwait",
    "lb": "Asia/Beirut", "lk": "Asia/Colombo", "lt": "Europe/Vilnius", "lu": "Europe/Luxembourg", "lv": "Europe/Riga",
    "ma": "Africa/Casablanca", "my": "Asia/Kuala_Lumpur", "ng": "Africa/Lagos", "ni": "America/Managua",
    "nl": "Europe/Amsterdam", "no": "Europe/Oslo", "np": "Asia/Kathmandu", "om": "Asia/Muscat", "pa": "America/Panama",
    "pe": "America/Lima", "ph": "Asia/Manila", "pk": "Asia/Karachi", "pl": "Europe/Warsaw", "py": "America/Asuncion",
    "qa": "Asia/Qatar", "ro": "Europe/Bucharest", "rs": "Europe/Belgrade", "sa": "Asia/Riyadh",
    "se": "Europe/Stockholm", "sg": "Asia/Singapore", "si": "Europe/Ljubljana", "sk": "Europe/Bratislava",
    "sn": "Africa/Dakar", "sv": "America/El_Salvador", "th": "Asia/Bangkok", "tn": "Africa/Tunis",
    "tr": "Europe/Istanbul", "tw": "Asia/Taipei", "tz": "Africa/Dar_es_Salaam", "ua": "Europe/Kyiv",
    "ug": "Africa/Kampala", "uk": "Europe/London", "uy": "America/Montevideo", "ve": "America/Caracas",
    "vn": "Asia/Ho_Chi_Minh", "za": "Africa/Johannesburg",
}  # fmt: skip


def zone_of(url: str) -> str:
    """The IANA zone of the address's country domain, or ""."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return ZONE_OF_DOMAIN.get(host.rpartition(".")[2], "")
