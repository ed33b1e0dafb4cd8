"""Scrapy's settings for everything this project fetches. Names are Scrapy's; ours begin with WIRETRAIL_.

A batch overrides the pace, the limits and the User-Agent from the operator's configuration (crawler.run); these values
hold for `scrapy crawl` and `scrapy shell` by hand. Scrapy 2.19's own defaults are named where we leave them.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    _VERSION = version("wiretrail")
except PackageNotFoundError:  # a checkout that was not installed
    _VERSION = "0"

BOT_NAME = "wiretrail"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

# One honest name with a way to reach us. robots.txt files address its first word.
USER_AGENT = f"wiretrail/{_VERSION} (+https://github.com/wiretrail/wiretrail)"
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

# Both run code that arrives over a socket, and both are on by default.
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False
EXTENSIONS = {
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.telnet.TelnetConsole": None,
}

# RFC 9309 is kept by our own middleware (5xx refuses); the setting says so to whoever reads it, and to extensions.
ROBOTSTXT_OBEY = True
DOWNLOAD_VERIFY_CERTIFICATES = True
# Only the web: file, ftp, s3 and data addresses in feeds and redirects reach into our own house.
DOWNLOAD_HANDLERS = {
    "http": "crawler.middlewares.politeness.PoliteHandler",
    "https": "crawler.middlewares.politeness.PoliteHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
# Loopback is refused unless the demo or a test says otherwise; private networks are refused always.
WIRETRAIL_ALLOW_LOOPBACK = False
# Hosts, with all below them, that are never asked, not even as the end of a redirect.
WIRETRAIL_NEVER: list[str] = []
# A proxy resolves names by itself, out of reach of the check at connect time.
HTTPPROXY_ENABLED = False

# Where pages are kept as WARC, a crawler.kept_warc.Keeping; None keeps nothing.
WIRETRAIL_KEEPING = None

# Default 1 GiB: a 1.2 MB gzip bomb then takes 1,106 MB of memory. The largest of 720 real news pages was 4 MB.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
# Default 180 s, which a slow-loris server takes per request.
DOWNLOAD_TIMEOUT = 30
DNS_TIMEOUT = 20
DOWNLOAD_FAIL_ON_DATALOSS = True

# One request at a time per host, a second and a half apart on average; hosts go side by side.
CONCURRENT_REQUESTS = 16
# Default 100: so many tasks are started for each response, though a callback of ours yields one result.
CONCURRENT_ITEMS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1.5
DOWNLOAD_DELAY_JITTER = 0.3
AUTOTHROTTLE_ENABLED = False

# A failed request goes back to its row, which knows when to try again; repeating at once is what Retry-After forbids.
RETRY_ENABLED = False
# Ours name loops and stay on the site; Scrapy's drops a redirect to itself without a word.
REDIRECT_ENABLED = False
# It keeps what it could unpack of a stream cut off; ours unpacks all or nothing.
COMPRESSION_ENABLED = False
REDIRECT_MAX_TIMES = 8
# News pages reload themselves by meta refresh: following it fetches the same page again.
METAREFRESH_ENABLED = False
# No state between pages: a consent cookie is an evasion, and the pages we want need none.
COOKIES_ENABLED = False
REFERER_ENABLED = False
# Tasks are rows and each is asked once; a filter could only lose one.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
# Addresses are cut off at 2,000 characters when they are found; this limit would drop a task silently.
URLLENGTH_LIMIT = 0

# Depth is counted for nobody, every status is wanted, and meta is not copied between requests.
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.keep_answers.KeepPages": 10,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.middlewares.safety.SafeAddresses": 40,
    "crawler.middlewares.politeness.Politeness": 60,
    "crawler.middlewares.robots.Robots": 100,
    "crawler.middlewares.conditional.ConditionalRequests": 410,
    "crawler.middlewares.compression.Unpack": 595,
    "crawler.middlewares.redirects.Redirects": 600,
}

# Processes that read pages beside the crawl, and the seconds one page may take there; 0 reads in the crawl itself.
WIRETRAIL_EXTRACT_WORKERS = 0
WIRETRAIL_EXTRACT_SECONDS = 20.0

FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "INFO"
