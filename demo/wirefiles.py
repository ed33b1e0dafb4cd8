"""The agency's items as files, in two of the shapes clients receive: NewsML 1.2 with NITF inside, and plain NITF.

A story keeps its day and number over takes; the revision counts them. A correction says so twice, as an
instruction and as the first line of the text, as agencies do.
"""

from __future__ import annotations

from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from demo.shapes import WireFile
from demo.stories import Story, Take


def wire_file(story: Story, take: Take, signoff: str) -> WireFile:
    """A take as it lands in the folder: a story filed late as NITF, everything else as NewsML."""
    late = take.visible > take.filed
    content = _nitf(story, take, signoff) if late else _newsml(story, take, signoff)
    name = f"{take.visible:%Y%m%dT%H%M%SZ}_{story.id}_{take.number}.{'nitf' if late else 'newsml'}.xml"
    return WireFile(take.visible, name, content.encode("utf-8"))


def story_urn(story: Story) -> str:
    """The identity of the story without its revision."""
    return f"urn:newsml:afp.com:{story.takes[0].filed:%Y%m%d}:{story.id}"


def _body(take: Take, signoff: str) -> str:
    notice = [f"<p>{escape(take.notice)}</p>"] if take.notice else []
    text = [f"<p>{escape(part)}</p>" for part in take.paragraphs]
    return "\n".join([*notice, *text, f"<p>{signoff}</p>"])


def _dateline(story: Story, filed: datetime) -> str:
    return f"{story.place.upper()}, {filed:%b} {filed.day}, {filed.year} (AFP) -"


def _newsml(story: Story, take: Take, signoff: str) -> str:
    stamp, first = f"{take.filed:%Y%m%dT%H%M%S}Z", f"{story.takes[0].filed:%Y%m%dT%H%M%S}Z"
    instruction = '<Instruction FormalName="Correction"/>' if take.status == "corrected" else ""
    status = {"killed": "Canceled", "embargoed": "Embargoed"}.get(take.status, "Usable")
    words = sum(len(part.split()) for part in take.paragraphs)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<NewsML Version="1.2">
<NewsEnvelope><TransmissionId>{story.takes[0].filed:%H%M}{take.number}</TransmissionId><DateAndTime>{stamp}</DateAndTime>\
<NewsService FormalName="DGTE"/><Priority FormalName="{story.urgency}"/></NewsEnvelope>
<NewsItem xml:lang={quoteattr(story.language)}>
<Identification>
<NewsIdentifier><ProviderId>afp.com</ProviderId><DateId>{first}</DateId><NewsItemId>{story.id}</NewsItemId>\
<RevisionId PreviousRevision="{take.number - 1}" Update="N">{take.number}</RevisionId>\
<PublicIdentifier>urn:newsml:afp.com:{first}:{story.id}:{take.number}</PublicIdentifier></NewsIdentifier>
<NameLabel>{escape(story.slugline)}</NameLabel>
</Identification>
<NewsManagement><NewsItemType FormalName="News"/><FirstCreated>{first}</FirstCreated>\
<ThisRevisionCreated>{stamp}</ThisRevisionCreated><Status FormalName="{status}"/>\
<Urgency FormalName="{story.urgency}"/>{instruction}</NewsManagement>
<NewsComponent>
<NewsLines><DateLine>{escape(_dateline(story, take.filed))}</DateLine>\
<HeadLine xml:lang={quoteattr(story.language)}>{escape(take.headline)}</HeadLine>\
<SlugLine>{escape(story.slugline)}</SlugLine></NewsLines>
<AdministrativeMetadata><Provider><Party FormalName="AFP"/></Provider></AdministrativeMetadata>
<DescriptiveMetadata><Language FormalName={quoteattr(story.language)}/>\
<Property FormalName="Keyword" Value={quoteattr(story.slugline.split("-")[0])}/></DescriptiveMetadata>
<ContentItem><MediaType FormalName="Text"/><Format FormalName="NITF3.1"/>\
<Characteristics><Property FormalName="Words" Value="{words}"/></Characteristics>
<DataContent><nitf><body><body.content>
{_body(take, signoff)}
</body.content></body></nitf></DataContent></ContentItem>
</NewsComponent>
</NewsItem>
</NewsML>
"""


def _nitf(story: Story, take: Take, signoff: str) -> str:
    stamp = f"{take.filed:%Y%m%dT%H%M%S}Z"
    return f"""<?xml version="1.0" encoding="utf-8"?>
<nitf version="-//IPTC//DTD NITF 3.4//EN" baselang={quoteattr(story.language)}>
<head><title>{escape(take.headline)}</title>
<docdata management-status="usable"><doc-id regsrc="AFP" id-string="{story.id}"/><urgency ed-urg="{story.urgency}"/>\
<date.issue norm="{stamp}"/><du-key key={quoteattr(story.slugline)} version="{take.number}"/>\
<doc.copyright holder="AFP" year="{take.filed.year}"/></docdata></head>
<body><body.head><hedline><hl1>{escape(take.headline)}</hl1></hedline><distributor>AFP</distributor>\
<dateline>{escape(_dateline(story, take.filed))}</dateline></body.head>
<body.content>
{_body(take, signoff)}
</body.content></body>
</nitf>
"""
