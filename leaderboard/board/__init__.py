"""The site: pages rendered on the server, the read API, and Gradio behind both (DESIGN §5).

`app.py` composes it:

    site = create_site(record, version=..., single_user=...)
    site.install(app)              # middleware, error pages, static files, own routes
    app.include_router(...)        # whatever else has routes
    mount_gradio(app, record)      # last: it takes every path that is left
"""

from leaderboard.board.documented import RESPONSES
from leaderboard.board.errors import error_body, install_error_handlers
from leaderboard.board.render import Pages
from leaderboard.board.site import Site, create_site, mount_gradio
from leaderboard.board.view import ViewState

__all__ = [
    "RESPONSES",
    "Pages",
    "Site",
    "ViewState",
    "create_site",
    "error_body",
    "install_error_handlers",
    "mount_gradio",
]
