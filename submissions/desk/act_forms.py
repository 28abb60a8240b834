"""The acts that the desk's pages offer.

Another act is another entry of `FORMS`; page, confirmation, log and the tests of who may follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from leaderboard.domain import BadInput, KebabId, UnknownName
from leaderboard.domain.machines import check_machine_name
from submissions.desk.act_form import ActForm, Field
from submissions.desk.acts import Desk
from submissions.desk.log import By

_HARDWARE = Field("hardware", "Hardware class", choices="hardware")
_MACHINE = Field("machine", "Machine", "As the runner names itself.", choices="machines")
_SUBMISSION = Field("submission", "Submission", "Its twelve characters.")
_RATING = Field("rating", "Rating", "Its ten characters, as in its short address /r/….")
_EDITION = Field("edition", "Edition", choices="editions")
_BY = Field("by", "Edition that takes over", choices="editions")
_PROPOSAL = Field("proposal", "Proposal")


def _remark(kind: Literal["disputed", "withdrawn", "settled"]) -> Callable[[Desk, str, By], object]:
    return lambda desk, rating, by: desk.remark(rating, kind, by)


def _open(desk: Desk, edition: str, after: str, title: str, summary: str, by: By) -> object:
    try:
        id = TypeAdapter(KebabId).validate_python(edition)
    except ValidationError as error:
        raise BadInput(f"{edition[:100]!r} is no edition's id.", "Write it like 2027-05.") from error
    return desk.open_edition({"id": id, "title": title, "summary": summary}, after, by)


def _make_token(desk: Desk, machine: str, hardware: str, by: By) -> object:
    return desk.make_token(check_machine_name(machine), [hardware], by)


_ALL = (
    ActForm(
        "pause",
        "Pause a hardware class",
        "No runner gets work of this class until it is resumed. What runs goes on; models may be submitted.",
        "Pause",
        (_HARDWARE,),
        Desk.pause,
    ),
    ActForm(
        "resume",
        "Resume a hardware class",
        "Runners get its work again, the oldest first.",
        "Resume",
        (_HARDWARE,),
        Desk.resume,
    ),
    ActForm(
        "drain",
        "Drain a machine",
        "The machine gets no more work. What it runs it may end.",
        "Drain",
        (_MACHINE,),
        Desk.drain,
    ),
    ActForm(
        "undrain",
        "Give a machine work again",
        "The machine gets work again when it next asks.",
        "Give it work",
        (_MACHINE,),
        Desk.undrain,
    ),
    ActForm(
        "requeue",
        "Queue a submission again",
        "It keeps its place by age. A runner that holds it is told to stop at its next sign of life.",
        "Queue it again",
        (_SUBMISSION,),
        Desk.requeue,
    ),
    ActForm(
        "withdraw",
        "Withdraw a submission",
        "Its rating, if there is one, is marked as withdrawn; its page stays and says why. One that was not "
        "measured yet is cancelled.",
        "Withdraw it",
        (_SUBMISSION,),
        Desk.withdraw,
        final="a withdrawn submission never comes back; the model has to be submitted anew.",
    ),
    ActForm(
        "accept-bundle",
        "Accept a bundle",
        "Its run goes on the board as attested, without stars: its submitter measured it, and not we.",
        "Accept it",
        (_SUBMISSION,),
        Desk.accept_bundle,
        final="to take it off the board again, it is withdrawn.",
    ),
    ActForm(
        "reject-bundle",
        "Reject a bundle",
        "It is not listed, and the bundle is deleted. Its submitter reads the reason.",
        "Reject it",
        (_SUBMISSION,),
        Desk.reject_bundle,
        final="the bundle is deleted; another is made with a new nonce.",
    ),
    ActForm(
        "dispute",
        "Say that a rating is disputed",
        "The word and the reason stand beside the figure from now on, wherever it is shown.",
        "Say so",
        (_RATING,),
        _remark("disputed"),
        final="a notice is never taken back.",
    ),
    ActForm(
        "settle",
        "Answer a dispute",
        "The reason stands beside the figure as the answer. A re-test is an answer by itself.",
        "Settle it",
        (_RATING,),
        _remark("settled"),
        final="a notice is never taken back.",
    ),
    ActForm(
        "withdraw-rating",
        "Withdraw a rating",
        "The figure stays readable, marked as withdrawn, and makes no more bands.",
        "Withdraw it",
        (_RATING,),
        _remark("withdrawn"),
        final="a notice is never taken back.",
    ),
    ActForm(
        "open",
        "Open an edition",
        "An edition that follows a frozen one, with its rows and its lists of reference models. Other lists "
        "go in by the command line: desk open … --references FILE.",
        "Open it",
        (
            Field("edition", "Id of the new edition", "Lower case, figures and hyphens, as in 2027-05."),
            Field("after", "Edition it follows", choices="editions"),
            Field("title", "Title", needed=False),
            Field("summary", "Summary", "As in the one before, unless given.", needed=False),
        ),
        _open,
        final="an edition's id is taken for ever.",
    ),
    ActForm(
        "freeze",
        "Freeze an edition",
        "Cells with enough reference models get their bands now; every model of them gets its stars.",
        "Freeze it",
        (_EDITION,),
        Desk.freeze,
        final="frozen bands never move.",
    ),
    ActForm(
        "supersede",
        "Let an edition take over",
        "The new edition is frozen if it is not yet. The old one keeps its stars and addresses.",
        "Let it take over",
        (_EDITION, _BY),
        Desk.supersede,
        final="a superseded edition stays so.",
    ),
    ActForm(
        "confirm",
        "Follow a proposal",
        "The edition that it names is superseded by the one you choose. Without a reason the proposal's own "
        "is said.",
        "Follow it",
        (_PROPOSAL, _BY),
        Desk.confirm,
        final="a superseded edition stays so.",
        reason_needed=False,
    ),
    ActForm(
        "decline",
        "Decline a proposal",
        "It is made again only once its cause has grown.",
        "Decline it",
        (_PROPOSAL,),
        Desk.decline,
        final="a decision on a proposal stands.",
    ),
    ActForm(
        "publish",
        "Publish now",
        "What waits goes to the data sets now; the clock would do it within a minute.",
        "Publish",
        (),
        Desk.publish,
    ),
    ActForm(
        "make-token",
        "Make a runner's token",
        "A token for one machine and one hardware class, shown once. More classes for one machine go by the "
        "command line.",
        "Make it",
        (
            Field("machine", "Machine", "As the runner names itself: its host name."),
            _HARDWARE,
        ),
        _make_token,
    ),
    ActForm(
        "revoke-token",
        "Revoke a runner's token",
        "The machine is refused from its next request on. What it holds goes back to the queue when its "
        "lease runs out.",
        "Revoke it",
        (Field("token", "Token", "Its id, as in the list."),),
        Desk.revoke_token,
        final="a revoked token is never good again; make another.",
    ),
)

FORMS = {form.name: form for form in _ALL}


def form_of(name: str) -> ActForm:
    """An act by its name. Raises UnknownName."""
    if name not in FORMS:
        raise UnknownName("act at the desk", name[:40], list(FORMS))
    return FORMS[name]
