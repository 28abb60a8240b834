"""A Space from scratch: repository, data sets, variables, secrets and files, each where it is not so yet.

What is there is looked at first; the difference is a list of steps, each a sentence and a deed. A second
deployment finds no step. Secrets cannot be read back, so one that is there is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_session, hf_hub_url
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile

from leaderboard.domain import Forbidden, Refused, check_repo_id
from leaderboard.publish.hub_answers import answered, client
from leaderboard.publish.layout import CARD, SUFFIXES, check_dataset
from leaderboard.publish.space_card import listed_models, space_readme
from leaderboard.publish.space_files import Checkout, git_oid
from leaderboard.publish.speaking import Person, may_speak_for

RECORD = "record"
"""The private data set of the event log: people, token hashes, development rows (DESIGN §4)."""
SESSION_SECRET = "STARWATT_SESSION_SECRET"
TOKEN = "HF_TOKEN"
_KEPT_BY_THE_HUB = ".gitattributes"
_SECRET_BYTES = 32


@dataclass(frozen=True)
class Wanted:
    """What a Space is to be."""

    space: str
    """ORG/NAME."""
    dataset: str
    """ORG/PREFIX of the data sets."""
    checkout: Checkout
    variables: Mapping[str, str]
    space_token: str = field(repr=False)
    """What the Space writes the data sets with."""
    renew_token: bool = False
    """Whether to put the token in place of one that is there."""
    hardware: str | None = None
    """Flavour on the Hub; None: leave what is there."""


@dataclass(frozen=True)
class Step:
    """One thing to be done."""

    what: str
    do: Callable[[], object]


class Deployment:
    """One Space on the Hub, seen with the token of who deploys."""

    def __init__(self, wanted: Wanted, endpoint: str | None, token: str) -> None:
        """Raises BadInput where a name is none."""
        check_repo_id(wanted.space)
        check_dataset(wanted.dataset)
        self._wanted, self._token = wanted, token
        self._api: HfApi = client(endpoint, token)

    def steps(self) -> list[Step]:
        """What is left to do, in order. Looks, and changes nothing.

        Raises:
            Forbidden: the token is nobody's, or its owner has no right to do this.
            Refused: the data set of the record is public.
            HubUnavailable: the Hub did not answer.
        """
        self._check_rights()
        return [*self._data_set_steps(), *self._space_steps()]

    def _check_rights(self) -> None:
        with answered("the token's account"):
            told = self._api.whoami()
        person = Person.of(told)
        for org in dict.fromkeys(name.split("/")[0] for name in (self._wanted.space, self._wanted.dataset)):
            if not may_speak_for(person, org):
                role = person.roles.get(org.lower())
                has = f"the role {role}" if role else "no role"
                raise Forbidden(
                    f"{person.name} may not deploy to {org}: {has} there.",
                    f"Use a token of {org}, or of an admin or writer of it.",
                )
        if (told.get("auth") or {}).get("accessToken", {}).get("role") == "read":
            raise Forbidden(
                f"This token of {person.name} may only read.", "Make one that may write, and set HF_TOKEN."
            )

    def _data_set_steps(self) -> Iterator[Step]:
        for suffix in (*SUFFIXES, RECORD):
            name, private = f"{self._wanted.dataset}-{suffix}", suffix == RECORD
            hidden: bool | None
            with answered(f"data set {name}"):
                try:
                    hidden = bool(self._api.dataset_info(name).private)
                except RepositoryNotFoundError:
                    hidden = None
            if hidden is None:
                make = partial(self._api.create_repo, name, repo_type="dataset", private=private)
                kind = "private" if private else "public"
                yield Step(f"create the {kind} data set {name}", self._asking(f"data set {name}", make))
            elif private and not hidden:
                raise Refused(
                    f"The data set {name} is public, and it is for what must not be: people, token hashes.",
                    "Make it private in its settings on the Hub, or take another --dataset.",
                )

    def _space_steps(self) -> Iterator[Step]:
        space, wanted = self._wanted.space, self._wanted
        with answered(f"Space {space}"):
            try:
                self._api.space_info(space)
                there = True
            except RepositoryNotFoundError:
                there = False
            variables = self._api.get_space_variables(space) if there else {}
            kept = set(self._api.get_space_secrets(space)) if there else set()
            readme = self._readme() if there else None
            lying = self._lying() if there else {}
            hardware = self._hardware() if there else None
        if not there:
            make = partial(self._api.create_repo, space, repo_type="space", space_sdk="gradio")
            yield Step(f"create the Space {space}", self._asking(f"Space {space}", make))
        # Before the files: what starts first then starts with its settings.
        for key, value in sorted(wanted.variables.items()):
            if key not in variables or variables[key].value != value:
                put = partial(self._api.add_space_variable, space, key, value)
                yield Step(f"set the variable {key} to {value}", self._asking(f"Space {space}", put))
        yield from self._secret_steps(kept)
        yield from self._file_steps(readme, lying)
        if wanted.hardware is not None and hardware != wanted.hardware:
            # The client's list of flavours is older than the Hub's: any name is passed on.
            ask = partial(self._api.request_space_hardware, space, wanted.hardware)  # type: ignore[arg-type]
            yield Step(f"ask for the hardware {wanted.hardware}", self._asking(f"Space {space}", ask))

    def _secret_steps(self, kept: set[str]) -> Iterator[Step]:
        space, wanted = self._wanted.space, self._wanted
        if TOKEN not in kept or wanted.renew_token:
            put = partial(self._api.add_space_secret, space, TOKEN, wanted.space_token)
            yield Step(
                f"{'renew' if TOKEN in kept else 'set'} the secret {TOKEN}",
                self._asking(f"Space {space}", put),
            )
        if SESSION_SECRET not in kept:
            made = secrets.token_urlsafe(_SECRET_BYTES)
            put = partial(self._api.add_space_secret, space, SESSION_SECRET, made)
            yield Step(f"make the secret {SESSION_SECRET}", self._asking(f"Space {space}", put))

    def _file_steps(self, readme: str | None, lying: Mapping[str, str]) -> Iterator[Step]:
        checkout = self._wanted.checkout
        files = dict(checkout.files)
        # The list of models is the Space's own to keep: a deployment leaves it as it is.
        models = listed_models(readme) if readme is not None else ()
        ours = files[CARD].decode("utf-8")
        files[CARD] = space_readme(ours, models, self._wanted.dataset).encode()
        put = {path: content for path, content in files.items() if not _same(content, lying.get(path))}
        gone = sorted(lying.keys() - files.keys() - {_KEPT_BY_THE_HUB})
        if not put and not gone:
            return
        parts = [f"{len(put)} files"] if put else []
        parts += [f"take {len(gone)} away"] if gone else []
        operations: list[CommitOperationAdd | CommitOperationDelete] = [
            *(CommitOperationAdd(path, content) for path, content in put.items()),
            *(CommitOperationDelete(path, is_folder=False) for path in gone),
        ]
        commit = partial(
            self._api.create_commit,
            self._wanted.space,
            operations,
            commit_message=f"Deploy {checkout.commit}",
            repo_type="space",
        )
        yield Step(
            f"upload {' and '.join(parts)}, commit {checkout.commit}",
            self._asking(f"Space {self._wanted.space}", commit),
        )

    def _asking(self, what: str, do: Callable[[], object]) -> Callable[[], object]:
        def asked() -> object:
            with answered(what):
                return do()

        return asked

    def _lying(self) -> dict[str, str]:
        """Path → what tells its content: sha256 of a large file, git's blob id of any other."""
        tree = self._api.list_repo_tree(self._wanted.space, repo_type="space", recursive=True)
        return {
            item.path: item.lfs.sha256 if item.lfs else item.blob_id
            for item in tree
            if isinstance(item, RepoFile)
        }

    def _readme(self) -> str | None:
        address = hf_hub_url(self._wanted.space, CARD, repo_type="space", endpoint=self._api.endpoint)
        answer = get_session().get(
            address, headers={"Authorization": f"Bearer {self._token}"}, follow_redirects=True
        )
        text = answer.content.decode("utf-8", "replace") if answer.is_success else ""
        # A Space that somebody made by hand may have a README without front matter: it lists nothing.
        return text if text.startswith("---\n") and "\n---\n" in text else None

    def _hardware(self) -> str | None:
        runtime = self._api.get_space_runtime(self._wanted.space)
        found = runtime.requested_hardware or runtime.hardware
        return str(getattr(found, "value", found)) if found else None


def _same(content: bytes, lying: str | None) -> bool:
    return lying is not None and lying in (git_oid(content), hashlib.sha256(content).hexdigest())
