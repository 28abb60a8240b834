"""Who is asking, and whether they may: the seam between requests and people."""

from submissions.accounts.choice import accounts_of
from submissions.accounts.hub import HubAccounts
from submissions.accounts.seam import Accounts, ReadOnly, SingleUser
from submissions.accounts.writes import own_page

__all__ = ["Accounts", "HubAccounts", "ReadOnly", "SingleUser", "accounts_of", "own_page"]
