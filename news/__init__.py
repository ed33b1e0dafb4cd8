"""The ground floor: what news is, whoever reads, stores or shows it. Imports nothing of ours.

articles.py   Article, Filing, Credit, Moment; Agency, Outlet, Feed         visits.py   what a crawl asks and brings
catalogue.py  agencies and outlets as data: catalogue/*.toml                addresses.py  one spelling per address
errors.py     everything that is raised on purpose, as one tree             written.py    settings, looked at
hiding.py     what may be shown of an address that may hold a password
"""
