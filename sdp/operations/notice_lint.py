"""The setting `notice_lint`: titles and notices against Digdir's advice are told, or refused."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Literal

from sdp.domain import lint
from sdp.errors import InvalidInputError, Problem

if TYPE_CHECKING:
    from sdp.domain import Brev, DigitalForsendelse, LintFinding

_log = logging.getLogger("sdp.client")

Policy = Literal["off", "warn", "error"]


class NoticeLint:
    """Holds each letter to the lint; tells of each finding once. Safe to share between threads."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._told: set[LintFinding] = set()
        self._lock = threading.Lock()

    def check(self, letter: Brev | DigitalForsendelse) -> None:
        """Tell of what a title or notice should not hold, or refuse it.

        Raises:
            InvalidInputError: the setting is `error`, and there is a finding.
        """
        if self._policy == "off":
            return
        findings = lint(letter)
        if findings and self._policy == "error":
            raise InvalidInputError(
                "What is shown before log-in",
                [
                    Problem(finding.field, f"{finding.words} ({finding.rule})")
                    for finding in findings
                ],
                remedy="Change the text; or set notice_lint to warn.",
            )
        # A run of a hundred thousand letters with one text has one thing to tell.
        with self._lock:
            new = [finding for finding in findings if finding not in self._told]
            self._told.update(new)
        for finding in new:
            _log.warning("%s", finding)
