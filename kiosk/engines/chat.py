"""Translation by a chat model behind an OpenAI-compatible server: Hy-MT2 and others, by llama.cpp or vLLM.

The server is whatever the settings name and nothing else: no redirect is followed and no proxy of the environment used,
for what is sent are a patient's words. A request runs on a thread of its own, so that a server that is slow, or drips,
can be left at any time. What the model answers is not believed: ``kiosk.guard`` reads it like any other engine's.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2

from kiosk import languages, lexicon
from kiosk.encounter import Utterance
from kiosk.engines.chat_template import template
from kiosk.errors import EngineError, KioskError, MissingError, SettingsError
from kiosk.findings import understand
from kiosk.recognition import Check, never
from kiosk.settings import Translation
from kiosk.translation import Rendered, written_for_engines

FAMILY = "chat"
KEY_VARIABLE = "KIOSK_SERVER_KEY"
"""Environment variable with the server's key, where it wants one: a secret has no place in a settings file."""

_POLL_S = 0.05
_CONNECT_S = 5.0
_BACKOFF_S = 0.25
_MAX_ANSWER = 256 * 1024  # bytes: no translation of one sentence is longer, a broken server's answer may be
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_THINKING = re.compile(r"<think>.*?(</think>|$)", re.DOTALL)
TERM_KINDS = ("disease", "drug", "drug_class", "allergen", "procedure")


class ChatTranslator:
    """The :class:`kiosk.translation.Translator` of a chat server. Not re-entrant."""

    def __init__(self, settings: Translation) -> None:
        if not settings.server or not settings.server_model:
            raise SettingsError(
                '[translation] neural_model is "server", but no server is named.',
                remedy="Set server and server_model in [translation] of kiosk.toml.",
            )
        for code in settings.server_languages:
            languages.get(code)
        self._settings = settings
        self._template = template()
        self._reached = False

    @property
    def engine(self) -> str:
        return f"{FAMILY}@{self._settings.server_model}"

    @property
    def languages(self) -> frozenset[str]:
        return frozenset(self._settings.server_languages)

    def load(self, check: Check = never) -> None:
        """Ask the server for its models, once.

        Raises:
            MissingError: it does not answer, or does not have the model.
        """
        if self._reached:
            return
        try:
            listed = self._request("GET", "/models", None, check)
        except EngineError as error:
            raise MissingError(error.message, remedy=error.remedy) from None
        rows = listed.get("data") if isinstance(listed, dict) else None
        names = [str(row.get("id")) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        if names and self._settings.server_model not in names:
            raise MissingError(
                f"The translation server has no model {self._settings.server_model!r}; it has {', '.join(names[:5])}.",
                remedy="Correct server_model in [translation] of kiosk.toml.",
            )
        self._reached = True

    def translate(self, text: str, *, language: str, check: Check = never) -> Rendered:
        """Return the Chinese of one sentence. See :class:`kiosk.translation.Translator`."""
        self.load(check)
        prompt = self._template.prompt
        words = written_for_engines(text, language)
        terms = "".join(
            prompt.term.format(source=source, target=zh) for source, zh in terminology(text, language, prompt.max_terms)
        )
        return self._ask(
            prompt.user.format(
                terms=f"{prompt.terms_head}{terms}\n" if terms else "", language=languages.get(language).zh, text=words
            ),
            check,
        )

    def back(self, zh: str, *, language: str, check: Check = never) -> str:
        """Return Chinese in the patient's language."""
        self.load(check)
        prompt = self._template.prompt.back.format(language=languages.get(language).zh, text=zh)
        return self._ask(prompt, check).zh

    def _ask(self, prompt: str, check: Check) -> Rendered:
        body = {
            "model": self._settings.server_model,
            "messages": [
                {"role": "system", "content": self._template.prompt.system},
                {"role": "user", "content": prompt},
            ],
            "temperature": self._template.sampling.temperature,
            "max_tokens": self._template.sampling.max_tokens,
            "stream": False,
        }
        reply = self._request("POST", "/chat/completions", body, check)
        try:
            choice = reply["choices"][0]
            content, reason = choice["message"]["content"], choice.get("finish_reason")
        except (KeyError, IndexError, TypeError, AttributeError):
            content, reason = None, None
        if not isinstance(content, str):
            raise EngineError(
                "The translation server answered with something that is no chat completion.",
                remedy="Is the address in [translation] server an OpenAI-compatible one, ending in /v1?",
            )
        zh = self._cleaned(content)
        if reason == "content_filter" or any(zh.startswith(start) for start in self._template.answer.refusals):
            raise EngineError("The translation server's model refused to translate.")
        return Rendered(zh=zh, truncated=reason == "length")

    def _cleaned(self, content: str) -> str:
        zh = _THINKING.sub("", content).strip()
        for preamble in self._template.answer.preambles:
            zh = zh.removeprefix(preamble).lstrip()
        return zh.strip("\"“”`'\n ")

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None, check: Check) -> Any:
        """Send one request, again where that can help, and return its JSON."""
        failure: KioskError | None = None
        for attempt in range(self._settings.retries + 1):
            if attempt:
                _sleep(_BACKOFF_S * 2 ** (attempt - 1), check)
            try:
                status, answer = self._once(method, path, body, check)
            except _UnreachableError as error:
                failure = MissingError(
                    f"The translation server {self._settings.server} {error}.",
                    remedy="Start it, or correct [translation] server in kiosk.toml.",
                )
                continue
            if status in _BUSY:
                failure = EngineError(f"The translation server answers with HTTP {status}.")
                continue
            if status == 404 and path == "/models":
                return {}  # not every server lists its models
            if status >= 300:
                raise EngineError(
                    f"The translation server answers with HTTP {status}.",
                    remedy=f"Look at its log; a key, where it wants one, goes into {KEY_VARIABLE}.",
                )
            return _json(answer)
        assert failure is not None  # noqa: S101 - the loop has run
        raise failure

    def _once(self, method: str, path: str, body: Mapping[str, Any] | None, check: Check) -> tuple[int, bytes]:
        """Send one request on a thread of its own; leave it at the deadline, or when ``check`` raises."""
        outcome: list[tuple[int, bytes] | Exception] = []
        done = threading.Event()
        key = os.environ.get(KEY_VARIABLE)
        client = httpx2.Client(
            timeout=httpx2.Timeout(self._settings.timeout_s, connect=min(_CONNECT_S, self._settings.timeout_s)),
            follow_redirects=False,
            trust_env=False,
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )
        url = self._settings.server.rstrip("/") + path

        def work() -> None:
            try:
                outcome.append(_fetch(client, method, url, body))
            except Exception as error:  # noqa: BLE001 - judged by the caller's thread
                outcome.append(error)
            finally:
                done.set()

        threading.Thread(target=work, name="kiosk-translation-request", daemon=True).start()
        try:
            _wait(done.is_set, self._settings.timeout_s, check)
        finally:
            client.close()  # ends a request that is still running
        if not outcome:
            raise _UnreachableError(f"has not answered within {self._settings.timeout_s:g} s")
        result = outcome[0]
        if isinstance(result, httpx2.TimeoutException):
            raise _UnreachableError(f"has not answered within {self._settings.timeout_s:g} s")
        if isinstance(result, _TooLongError):
            raise EngineError("The translation server's answer has no end.")
        if isinstance(result, Exception):
            raise _UnreachableError(f"cannot be reached ({type(result).__name__})")
        return result


class _UnreachableError(Exception):
    """No answer; trying again may help."""


class _TooLongError(Exception):
    """More bytes than any translation has."""


def _fetch(client: httpx2.Client, method: str, url: str, body: Mapping[str, Any] | None) -> tuple[int, bytes]:
    with client.stream(method, url, json=body) as response:
        parts, size = [], 0
        for chunk in response.iter_bytes():
            parts.append(chunk)
            size += len(chunk)
            if size > _MAX_ANSWER:
                raise _TooLongError
        return response.status_code, b"".join(parts)


def _wait(ready: Callable[[], bool], timeout_s: float, check: Check) -> None:
    deadline = time.monotonic() + timeout_s
    while not ready() and time.monotonic() < deadline:
        check()
        time.sleep(_POLL_S)


def _sleep(seconds: float, check: Check) -> None:
    _wait(lambda: False, seconds, check)


def _json(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError):
        raise EngineError(
            "The translation server answered with something that is no JSON.",
            remedy="Is the address in [translation] server an OpenAI-compatible one, ending in /v1?",
        ) from None


def terminology(text: str, language: str, most: int) -> list[tuple[str, str]]:
    """Return the lexicon's words in a text with their Chinese, in order, at most so many."""
    utterance = Utterance(id="terms", text=text, language=language, mode="text")
    understood = understand(utterance, lexicon.load(language))
    reading = understood.reading
    said = [
        (reading.evidence(draft.anchor, *(draft.site.mentions if draft.site else ()))[0], draft.finding.name)
        for draft in understood.drafts
    ]
    said += [
        (reading.evidence(mention)[0], reading.concept(mention).zh)
        for mention in reading.analysis.of(*TERM_KINDS)
        if not mention.fuzzy
    ]
    ordered = sorted(said, key=lambda term: term[0].start)
    return [*{evidence.text: zh for evidence, zh in reversed(ordered)}.items()][::-1][:most]
