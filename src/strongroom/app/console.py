"""The web console in front of the pipeline: its files and its sign-in. All else are requests of AWS's API."""

from functools import partial
from pathlib import Path
from typing import Final, Protocol

from strongroom.api.finished import Finished
from strongroom.api.sign_in import SignIns
from strongroom.api.sign_in_results import SignInOutcome
from strongroom.authn.sign_in import SignInRequest
from strongroom.model.errors import ServiceError
from strongroom.model.request import Request
from strongroom.model.sign_in_errors import SignInError, SignInFailedError, TooManyAttemptsError
from strongroom.pipeline import Deferred
from strongroom.server.console_files import ConsoleFiles
from strongroom.server.console_requests import (
    is_for_files,
    is_for_the_start,
    is_sign_in,
    read_sign_in_request,
    sign_in_answer,
    to_the_start,
)

FILES: Final = Path(__file__).parent.parent / "console_files"
"""Where the build puts the files of the console; it is not there where it was not built."""


class Handles(Protocol):
    """Whoever handles requests: the pipeline, or the console in front of it."""

    def handle(self, request: Request) -> Finished | Deferred:
        """Handle a request from memory, or say how to go on off the event loop. Never raises."""

    def fail(self, request: Request, error: ServiceError) -> Finished:
        """Refuse a request whoever asks, because the server cannot serve at all."""


class Console:
    """Answers what is for the console, and leaves the rest to the pipeline."""

    def __init__(self, pipeline: Handles, files: ConsoleFiles, sign_ins: SignIns) -> None:
        """Take the worker's parts."""
        self._pipeline = pipeline
        self._files = files
        self._sign_ins = sign_ins

    def handle(self, request: Request) -> Finished | Deferred:
        """Handle a request from memory, or say how to go on off the event loop. Never raises."""
        # Nearly all are requests of AWS's API, which are found out first.
        if request.method == "POST" and request.path == "/":
            return self._pipeline.handle(request)
        if is_sign_in(request):
            return self._sign_in(request)
        return self._public(request) or self._pipeline.handle(request)

    def fail(self, request: Request, error: ServiceError) -> Finished:
        """Refuse a request whoever asks, because the server cannot serve at all."""
        if is_sign_in(request):
            return self._refuse(request, SignInFailedError())
        return self._public(request) or self._pipeline.fail(request, error)

    def _public(self, request: Request) -> Finished | None:
        # What everybody may read, and what tells of nobody, has no record.
        if is_for_files(request):
            return Finished(self._files.answer(request), None)
        return Finished(to_the_start(), None) if is_for_the_start(request) else None

    def _sign_in(self, request: Request) -> Finished | Deferred:
        try:
            asked = read_sign_in_request(request)
        except SignInError as error:
            return self._refuse(request, error)
        return Deferred(
            changes=True,
            run=partial(self._run, request, asked),
            refuse=lambda _: self._refuse(request, TooManyAttemptsError()),
            hashes=True,
        )

    def _run(self, request: Request, asked: SignInRequest) -> Finished:
        return _finished(self._sign_ins.run(request, asked))

    def _refuse(self, request: Request, error: SignInError) -> Finished:
        return _finished(self._sign_ins.refuse(request, error))


def _finished(outcome: SignInOutcome) -> Finished:
    return Finished(sign_in_answer(outcome), outcome.record)
