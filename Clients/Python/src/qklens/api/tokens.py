"""`tokens.*`: what the daemon's methods take and return.

Written by generate.py from the daemon's OpenRPC document; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import List

from ..call import Call
from ..namespace import AsyncNamespace, Namespace
from ..record import Record, Table, table_of


@dataclass(slots=True, kw_only=True, repr=False)
class TokensEncode(Record):
    """What `tokens.encode` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""


@dataclass(slots=True, kw_only=True, repr=False)
class TokensDecode(Record):
    """What `tokens.decode` returns."""

    text: str
    """The text."""


@dataclass(slots=True, kw_only=True, repr=False)
class Prediction(Record):
    """One token that may come next."""

    token: int
    """The token."""
    piece: str
    """Its text."""
    logit: float
    """Its logit."""
    probability: float
    """Its probability. (0.0 to 1.0)"""


@dataclass(slots=True, kw_only=True, repr=False)
class TokensPredict(Record):
    """What `tokens.predict` returns."""

    tokens: List[int]
    """The tokens as the model read them, BOS included."""
    pieces: List[str]
    """The text of each token."""
    position: int
    """The position, counted from the start."""
    predictions: Table[Prediction]
    """The predictions, most probable first."""

    decoders = {"predictions": table_of(Prediction)}


def encode(
    text: str, *, model: str | None = None, prepend_bos: bool | None = None, allow_special: bool | None = None,
    deadline_ms: int | None = None,
) -> Call[TokensEncode]:
    """Splits a text into tokens."""
    return Call("tokens.encode", {
        "text": text, "model": model, "prepend_bos": prepend_bos, "allow_special": allow_special, "deadline_ms": deadline_ms,
    }, TokensEncode, is_repeatable=True)


def decode(
    tokens: Sequence[int], *, model: str | None = None, deadline_ms: int | None = None,
) -> Call[TokensDecode]:
    """Joins tokens to a text."""
    return Call("tokens.decode", {"tokens": tokens, "model": model, "deadline_ms": deadline_ms}, TokensDecode, is_repeatable=True)


def predict(
    text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None, prepend_bos: bool | None = None,
    top_k: int | None = None, position: int | None = None, deadline_ms: int | None = None,
) -> Call[TokensPredict]:
    """Gives the most probable next tokens at one position of a text."""
    return Call("tokens.predict", {
        "model": model, "text": text, "tokens": tokens, "prepend_bos": prepend_bos, "top_k": top_k, "position": position,
        "deadline_ms": deadline_ms,
    }, TokensPredict, is_repeatable=True)


class Tokens(Namespace):
    """`tokens.*`, blocking."""

    def encode(
        self, text: str, *, model: str | None = None, prepend_bos: bool | None = None, allow_special: bool | None = None,
        deadline_ms: int | None = None,
    ) -> TokensEncode:
        """Splits a text into tokens.

        The text may be longer than the model's context.

        Args:
            text: The text.
            model: A resident model's name; the embedded model if absent.
            prepend_bos: Whether a BOS token is put in front. (default: true)
            allow_special: Whether <|endoftext|> in the text becomes that token rather than plain characters. (default:
                false)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(encode(
            text, model=model, prepend_bos=prepend_bos, allow_special=allow_special, deadline_ms=deadline_ms,
        ))

    def decode(
        self, tokens: Sequence[int], *, model: str | None = None, deadline_ms: int | None = None,
    ) -> TokensDecode:
        """Joins tokens to a text.

        Bytes that are no UTF-8 become U+FFFD.

        Args:
            tokens: The tokens.
            model: A resident model's name; the embedded model if absent.
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TokenOutOfRange, ModelUnreadable, ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(decode(tokens, model=model, deadline_ms=deadline_ms))

    def predict(
        self, text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, top_k: int | None = None, position: int | None = None, deadline_ms: int | None = None,
    ) -> TokensPredict:
        """Gives the most probable next tokens at one position of a text.

        One forward pass.

        Args:
            text: The text; exactly one of text and tokens is given.
            model: A resident model's name; the embedded model, or that of the dictionary or map, if absent.
            tokens: The tokens themselves.
            prepend_bos: Whether a BOS token is put in front; it stands at position 0. (default: true)
            top_k: How many predictions. (1 to 1000; default: 10)
            position: After which position; negative ones count from the end. (default: -1)
            deadline_ms: After how many milliseconds, counted from the request's arrival, the call is cancelled and
                fails with deadline_exceeded; absent: never. (1 to 86400000)

        Raises:
            ModelNotFound, TextEmpty, TextTooLong, TokenOutOfRange, PositionOutOfRange, ModelUnreadable,
            ModelUnsupported, TokenizerUnreadable.
        """
        return self._client.call(predict(
            text, model=model, tokens=tokens, prepend_bos=prepend_bos, top_k=top_k, position=position, deadline_ms=deadline_ms,
        ))


class AsyncTokens(AsyncNamespace):
    """`tokens.*` for asyncio; see `Tokens`."""

    async def encode(
        self, text: str, *, model: str | None = None, prepend_bos: bool | None = None, allow_special: bool | None = None,
        deadline_ms: int | None = None,
    ) -> TokensEncode:
        """Splits a text into tokens."""
        return await self._client.call(encode(
            text, model=model, prepend_bos=prepend_bos, allow_special=allow_special, deadline_ms=deadline_ms,
        ))

    async def decode(
        self, tokens: Sequence[int], *, model: str | None = None, deadline_ms: int | None = None,
    ) -> TokensDecode:
        """Joins tokens to a text."""
        return await self._client.call(decode(tokens, model=model, deadline_ms=deadline_ms))

    async def predict(
        self, text: str | None = None, *, model: str | None = None, tokens: Sequence[int] | None = None,
        prepend_bos: bool | None = None, top_k: int | None = None, position: int | None = None, deadline_ms: int | None = None,
    ) -> TokensPredict:
        """Gives the most probable next tokens at one position of a text."""
        return await self._client.call(predict(
            text, model=model, tokens=tokens, prepend_bos=prepend_bos, top_k=top_k, position=position, deadline_ms=deadline_ms,
        ))
