"""Pages of an outbox: what each is filled with."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sdp.domain import check_personidentifikator
from sdp.errors import InvalidInputError, OutboxUnavailableError, SdpError
from sdp.outbox.campaigns import OSLO
from sdp.outbox.decisions import commands, what_to_do
from sdp.outbox.search import Side, Soek, search
from sdp.outbox.states import FINAL, NEEDS_A_PERSON, Tilstand
from sdp.outbox.tables import hendelse
from sdp.outbox.views import statuses
from sdp.outbox.web import actions, showing
from sdp.web.pages import ASSETS, asset, templates
from sdp.web.requests import form_of, news

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from sdp.outbox import Outbox
    from sdp.outbox.web.actions import Action

NAVIGATION: Final = (
    ("/", "Campaigns"),
    ("/letters", "Letters"),
    ("/needs-a-person", "Needs a person"),
)
_PAGE_OF_A_GROUP: Final = 50
_LONGEST_FORM: Final = 16 * 1024
_COOKIE: Final = "sdp-outbox"
_LOOK_SECONDS: Final = 2.0
_ENDED_BADLY: Final = tuple(each for each in NEEDS_A_PERSON if each in FINAL)


class Pages:
    """Answers for the pages of one outbox.

    Args:
        outbox: what is shown.
        allow_actions: whether a person may decide here, or only look.
        user_header: the header in which a reverse proxy names who has logged in.
        is_secure: whether browsers reach it over HTTPS alone.
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        allow_actions: bool = False,
        user_header: str | None = None,
        is_secure: bool = False,
    ) -> None:
        self._outbox = outbox
        self._allow_actions = allow_actions
        self._user_header = user_header
        self._is_secure = is_secure
        self._tokens = actions.Tokens()
        self.is_closing = False
        self._templates = templates(
            "sdp.outbox.web",
            zone=OSLO,
            brand="sdp outbox",
            root="/static",
            navigation=NAVIGATION,
            closing=(
                "No page shows a person's number. "
                + ("Decisions are recorded." if allow_actions else "Read only.")
            ),
            address=showing.address,
            allow_actions=allow_actions,
            bar=showing.bar,
            percent=showing.percent,
            duration=showing.duration,
            state_words=showing.STATES,
            receipt_words=showing.RECEIPTS,
        )

    def asset(self, request: Request) -> Response:
        """Give the style sheet, the script or the icon."""
        name = request.path_params["name"]
        if name not in ASSETS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return Response(asset(self._templates, name), media_type=ASSETS[name])

    def campaigns(self, _: Request) -> Response:
        """Show every campaign, each with its bar."""
        outbox = self._outbox
        with outbox.database.read() as connection:
            found = statuses(connection, outbox.now())
        return self._page(
            "campaigns.html",
            "/",
            total=outbox.status(),
            moment_now=outbox.now(),
            campaigns=[pair for pair in found if pair[1].total or pair[0].navn],
            actions_for=actions.for_campaign,
        )

    def letters(self, request: Request) -> Response:
        """List letters by state and campaign, and those of a key or an id."""
        wanted = _read(request.query_params)
        return self._listed(wanted, title="Letters", me="/letters")

    async def letters_of_a_person(self, request: Request) -> Response:
        """List the letters to a person. The number comes in the body, never in an address."""
        number = (await form_of(request, _LONGEST_FORM)).get("personidentifikator", "").strip()
        try:
            check_personidentifikator(number)
        except ValueError:
            return self._refused(
                "A personidentifikator is eleven digits, two of them check the others.",
                HTTPStatus.BAD_REQUEST,
                "/letters",
            )
        wanted = Soek(person=number)
        return await run_in_threadpool(self._listed, wanted, title="Letters to the person", me="")

    def letter(self, request: Request) -> Response:
        """Show one letter with its whole history."""
        history = self._outbox.show(request.query_params.get("key", ""))
        post = history.post
        return self._page(
            "letter.html",
            post=post,
            history=history,
            steps=showing.steps(history),
            what_to_do=what_to_do(post.tilstand),
            commands=commands(post.tilstand, post.nokkel),
            actions=actions.for_letter(post.tilstand),
        )

    def needs_a_person(self, _: Request) -> Response:
        """Show all that somebody must look at, each with the command that settles it."""
        found = self._outbox.stuck(most=_PAGE_OF_A_GROUP)
        ended = {tilstand: self._found(Soek(tilstand=tilstand)).brev for tilstand in _ENDED_BADLY}
        return self._page(
            "needs.html",
            "/needs-a-person",
            status=self._outbox.status(),
            groups=showing.by_kind(found),
            ended=ended,
            what_to_do=what_to_do,
            commands=commands,
            most=_PAGE_OF_A_GROUP,
        )

    def question(self, request: Request) -> Response:
        """Ask again before something is done."""
        action, target = self._asked(request.query_params)
        browser = request.cookies.get(_COOKIE) or self._tokens.new_browser()
        page = self._page(
            "question.html",
            action=action,
            target=target,
            back=_page_of(action, target),
            token=self._tokens.make(browser, action, target),
            user=self._user(request),
        )
        page.set_cookie(_COOKIE, browser, httponly=True, samesite="strict", secure=self._is_secure)
        return page

    async def do(self, request: Request) -> Response:
        """Do what was confirmed, and record who decided and why."""
        form = await form_of(request, _LONGEST_FORM)
        action, target = self._asked(form)
        browser = request.cookies.get(_COOKIE, "")
        if not self._tokens.is_good(form.get("token", ""), browser, action, target):
            raise HTTPException(
                HTTPStatus.FORBIDDEN, "The question is not one that this page asked. Ask it again."
            )
        hvem = actions.who_and_why(form, self._user(request))
        await run_in_threadpool(actions.carry_out, self._outbox, action, target, hvem)
        return RedirectResponse(_page_of(action, target), HTTPStatus.SEE_OTHER)

    def metrics(self, _: Request) -> Response:
        """Give the metrics of all letters, for Prometheus."""
        media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        return Response(self._outbox.openmetrics(), media_type=media_type)

    def events(self, request: Request) -> Response:
        """Tell a page, as server-sent events, each time that something has happened."""
        return news(
            request,
            lambda: run_in_threadpool(self._latest),
            is_closing=lambda: self.is_closing,
            pause=_LOOK_SECONDS,
        )

    def refused(self, _: Request, error: Exception) -> Response:
        """Tell that something cannot be done, or is not there."""
        match error:
            case HTTPException():
                missing = error.detail == HTTPStatus(error.status_code).phrase
                why = "There is no page at this address." if missing else error.detail
                return self._refused(why, HTTPStatus(error.status_code), "/")
            case OutboxUnavailableError():
                status = HTTPStatus.SERVICE_UNAVAILABLE
            case InvalidInputError():
                status = HTTPStatus.BAD_REQUEST
            case _:
                status = HTTPStatus.CONFLICT
        told = error if isinstance(error, SdpError) else SdpError("It failed.")
        return self._refused(f"{told.message} {told.remedy}".strip(), status, "/")

    def _latest(self) -> str:
        try:
            with self._outbox.database.read() as connection:
                return f"event {connection.scalar(sa.select(sa.func.max(hendelse.c.id)))}"
        except OutboxUnavailableError:
            return "event none: the database does not answer"

    def _asked(self, given: Mapping[str, str]) -> tuple[Action, str]:
        if not self._allow_actions:
            raise HTTPException(
                HTTPStatus.FORBIDDEN, "This page is read only. Start it with --allow-actions."
            )
        action, target = actions.ACTIONS.get(given.get("action", "")), given.get("target", "")
        if action is None or not target:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return action, target

    def _user(self, request: Request) -> str | None:
        if self._user_header is None:
            return None
        name = request.headers.get(self._user_header, "").strip()
        if not name:
            raise HTTPException(
                HTTPStatus.FORBIDDEN,
                f"The reverse proxy did not say in {self._user_header} who has logged in.",
            )
        return name

    def _found(self, wanted: Soek) -> Side:
        with self._outbox.database.read() as connection:
            return search(connection, wanted, self._outbox.database.vault)

    def _listed(self, wanted: Soek, *, title: str, me: str) -> Response:
        found = self._found(wanted)
        given = {
            "q": wanted.tekst or None,
            "state": wanted.tilstand,
            "campaign": wanted.kampanje,
        }
        return self._page(
            "letters.html",
            me,
            title=title,
            wanted=wanted,
            found=found,
            newer=showing.address("/letters", **given, before=found.foer) if found.foer else None,
            older=showing.address("/letters", **given, after=found.etter) if found.etter else None,
            states=[
                ("", "any state"),
                *((each, f"{each}: {words}") for each, (words, _) in showing.STATES.items()),
            ],
            names=[each.navn for each in self._outbox.campaigns()],
        )

    def _refused(self, why: str, status: HTTPStatus, back: str) -> Response:
        title = "Nothing is here" if status == HTTPStatus.NOT_FOUND else "That cannot be done"
        page = self._page("refused.html", title=title, why=why, back=back)
        page.status_code = status
        return page

    def _page(self, template: str, here: str = "", /, **values: Any) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(here=here, **values))


def _read(query: Mapping[str, str]) -> Soek:
    """Read a search from an address; what is no choice is passed over."""
    state = query.get("state", "")
    return Soek(
        tekst=query.get("q", "").strip()[:255],
        tilstand=Tilstand(state) if state in set(Tilstand) else None,
        kampanje=query.get("campaign") or None,
        etter=_row(query.get("after", "")),
        foer=_row(query.get("before", "")),
    )


def _row(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _page_of(action: Action, target: str) -> str:
    return showing.address("/letter", key=target) if action.of == "letter" else "/"
