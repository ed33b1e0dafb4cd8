"""The tables, one module a part. Whoever imports this has all of them registered, which Alembic and foreign keys from
one module into another need."""

from storage.columns import Base as Base
from storage.models.archives import ArchiveRow as ArchiveRow
from storage.models.kept import DigestRow as DigestRow
from storage.models.kept import HoldRow as HoldRow
from storage.models.kept import HostRow as HostRow
from storage.models.kept import LeaseRow as LeaseRow
from storage.models.kept import RobotsRow as RobotsRow
from storage.models.kept import RunRow as RunRow
from storage.models.kept import VerdictRow as VerdictRow
from storage.models.matching import ImportIdRow as ImportIdRow
from storage.models.matching import IndexChangeRow as IndexChangeRow
from storage.models.matching import PickupSourceRow as PickupSourceRow
from storage.models.news import AgencyRow as AgencyRow
from storage.models.news import ArticleRow as ArticleRow
from storage.models.news import ArticleVersionRow as ArticleVersionRow
from storage.models.news import CreditRow as CreditRow
from storage.models.news import FeedRow as FeedRow
from storage.models.news import FetchRow as FetchRow
from storage.models.news import LicenceRow as LicenceRow
from storage.models.news import OutletHostRow as OutletHostRow
from storage.models.news import OutletRow as OutletRow
from storage.models.news import PageRow as PageRow
from storage.models.news import PickupRow as PickupRow
from storage.models.news import StoryNameRow as StoryNameRow
from storage.models.news import StoryRow as StoryRow
from storage.models.news import StoryVersionRow as StoryVersionRow
from storage.models.pages import CarriedRow as CarriedRow
from storage.models.pages import LookRow as LookRow
from storage.models.pages import PackedNameRow as PackedNameRow
from storage.models.pages import PackedRow as PackedRow
from storage.models.pages import PackedStaleRow as PackedStaleRow
from storage.models.wire import InterfaceRow as InterfaceRow
from storage.models.wire import NoticeRow as NoticeRow
from storage.models.wire import NoticeStateRow as NoticeStateRow
from storage.models.wire import RefusedFileRow as RefusedFileRow
