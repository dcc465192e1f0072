"""TransformerLens's names for activations, so that what the daemon returns drops into code written for an ActivationCache.

The names in every reply are TransformerLens's already; this adds its short forms and its batch axis. Nothing here imports it.

*Source:* transformer_lens.utils.get_act_name and ActivationCache.__getitem__.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, numpy.dtype[Any]]

_ALIASES = {
    "attn": "pattern", "attn_logits": "attn_scores", "key": "k", "query": "q", "value": "v",
    "mlp_pre": "pre", "mlp_mid": "mid", "mlp_post": "post",
}
_ATTENTION = frozenset(["k", "v", "q", "z", "rot_k", "rot_q", "result", "pattern", "attn_scores"])
_MLP = frozenset(["pre", "post", "mid"])
_LAYER_TYPES = {"a": "attn", "m": "mlp", "b": "", "block": "", "blocks": "", "attention": "attn"}


def act_name(name: str, layer: int | None = None, layer_type: str | None = None) -> str:
    """The full name of an activation: `act_name("pattern", 3)` is `blocks.3.attn.hook_pattern`, as is `act_name("pattern3")`."""
    if ("." in name or name.startswith("hook_")) and layer is None and layer_type is None:
        return name
    if (match := re.match(r"([a-z_]+)(\d+)([a-z]?.*)", name)) is not None and layer is None:
        name, layer, layer_type = match[1], int(match[2]), match[3] or None
    name = _ALIASES.get(name, name)
    if name in _ATTENTION:
        layer_type = "attn"
    elif name in _MLP:
        layer_type = "mlp"
    elif layer_type is not None:
        layer_type = _LAYER_TYPES.get(layer_type, layer_type)
    block = "" if layer is None else f"blocks.{layer}."
    if layer is None and name in ("scale", "normalized"):
        block = "ln_final."
    return f"{block}{layer_type + '.' if layer_type else ''}hook_{name}"


class ActivationCache(Mapping[str, "Array"]):
    """Activations by name, as TransformerLens's cache holds them without its batch axis (`remove_batch_dim`).

    `cache["blocks.0.attn.hook_pattern"]`, `cache["pattern", 0]` and `cache["pattern0"]` are the same array.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = dict(arrays)

    def __getitem__(self, key: str | tuple[str, int] | tuple[str, int, str]) -> Array:
        if isinstance(key, str) and key in self._arrays:
            return self._arrays[key]
        name = act_name(key) if isinstance(key, str) else act_name(*key)
        if name not in self._arrays:
            raise KeyError(f"{name} was not captured; there are {', '.join(self._arrays)}")
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def add_batch_dim(self) -> dict[str, Array]:
        """The arrays with the leading axis of length 1 that `run_with_cache` returns; still without a copy."""
        return {name: array[None] for name, array in self._arrays.items()}
