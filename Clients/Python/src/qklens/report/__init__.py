"""Pages to look at: one self-contained HTML file per report, which a notebook shows inline.

    from qklens import Client, report
    with Client() as c:
        report.attention(c, "When John and Mary went to the store, John gave a drink to", maps=["m1"]).write("look.html")

`attention` of a prompt, `features` and `pairs` of a map, `training` of one or two dictionaries, `circuit` of a trace. The page holds the
daemon's answers and needs nothing else: no network, no daemon. `qklens report` writes the same.
"""

from .dashboard import features, pairs
from .graphs import circuit
from .history import training
from .page import Report
from .patterns import attention

__all__ = ["Report", "attention", "circuit", "features", "pairs", "training"]
