"""What shows itself in a notebook: tables, and patterns."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from conftest import PROMPT

from qklens import Client
from qklens.api.models import ModelsList
from qklens.api.shared import PairEntry
from qklens.drawing import square
from qklens.record import SHOWN_ROWS, Table


def entry(head: int) -> PairEntry:
    return PairEntry(query_feature=1, key_feature=2, head=head, M=0.123456, mask=1.0, expected_contribution=0.5)


class Balanced(HTMLParser):
    """Fails where a tag is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(html: str) -> str:
    parser = Balanced()
    parser.feed(html)
    assert not parser.open and "http" not in html.replace("http://www.w3.org/2000/svg", ""), "self-contained"
    return html


def test_a_table_has_a_column_for_each_member_and_says_what_it_leaves_out() -> None:
    html = check(Table(entry(head) for head in range(SHOWN_ROWS + 7))._repr_html_())
    assert html.count("<th") == 6 + 1  # six columns, and <thead>
    assert "0.1235" in html and "7 more rows" in html and html.count("<tr>") == SHOWN_ROWS + 1


def test_strangers_text_is_escaped(client: Client) -> None:
    html = check(client.tokens.predict("<script>alert(1)</script>")._repr_html_())
    assert "<script>" not in html
    html = check(client.attention.pattern("<script>'x'</script>", layer=0)._repr_html_())
    assert "<script" not in html


def test_a_record_shows_its_facts_and_its_tables(client: Client) -> None:
    html = check(client.models.list()._repr_html_())
    assert "demo-4l" in html and "activation_function" in html
    assert "n_ctx=128" in repr(client.models.get("demo-4l"))
    assert check(ModelsList(models=Table())._repr_html_())


def test_examples_show_their_text_with_both_tokens_marked(client: Client) -> None:
    top = client.pairs.top("m1", limit=1).pairs[0]
    found = client.pairs.examples("m1", top.query_feature, top.key_feature, limit=1).by_contribution
    html = check(found._repr_html_())
    window = found[0].destination_window
    assert f"<mark>{window.pieces[found[0].destination - window.first]}</mark>" in html
    plain = re.sub("</?mark>", "", html)
    assert "".join(window.pieces).replace("<", "&lt;").replace(">", "&gt;") in plain.replace("&quot;", '"').replace("&#x27;", "'")
    examples = client.features.examples("d1", "query", [top.query_feature], map="m1").features[0].examples
    assert "".join(examples[0].before).replace("<", "&lt;").replace(">", "&gt;") in check(examples._repr_html_())


def test_a_token_is_cut_before_it_is_escaped() -> None:
    html = check(square([[1.0]], ["0123456789012&amp;<b>"], "L0H0", "#000"))
    assert ">0123456789012&amp;</text>" in html and "&amp;amp;&lt;b&gt; → " in html


def test_a_pattern_draws_a_square_for_each_head_with_both_tokens_under_the_pointer(client: Client) -> None:
    found = client.attention.pattern(PROMPT, layer=0, heads=[2, 1])
    html = check(found._repr_html_())
    assert re.findall(r">(L\dH\d)<", html) == ["L0H2", "L0H1"]
    strongest = found.arrays["blocks.0.attn.hook_pattern"][0, -1].max()
    assert f"·to → ·John {strongest:.3f}</title>" in html


def test_a_long_text_stays_small() -> None:
    count = 128
    rows = [[1 / (i + 1)] * (i + 1) + [None] * (count - i - 1) for i in range(count)]
    html = check(square(rows, ["token"] * count, "L0H0", "#000"))
    assert len(html) < 1 << 20 and html.count("<rect") > 1000


@pytest.mark.parametrize("map_name", ["m1", None])
def test_a_reconstruction_shows_true_rebuilt_and_difference(client: Client, map_name: str | None) -> None:
    found = client.attention.reconstruct(PROMPT, map=map_name, dictionary=None if map_name else "d1", heads=[0, 3])
    html = check(found._repr_html_())
    assert html.count("<svg") == 6 and ("masked_map" in html) == (map_name is not None) and "CE_recovered" in html
    # The labels are the heads that were asked for.
    assert re.findall(r">(L0H\d) difference<", html) == ["L0H0", "L0H3"]
