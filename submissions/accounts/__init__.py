"""Who is asking, and whether they may: the seam between requests and people."""

from submissions.accounts.seam import Accounts, ReadOnly, SingleUser

__all__ = ["Accounts", "ReadOnly", "SingleUser"]
