"""Every page of a live daemon's answers in a headless Chromium: what is there, what it does, and what it must not do."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, Page, program
from conftest import PROMPT, ROOT, Daemon, hold

from qklens import Client, errors, report
from qklens.report.page import Report

LARGEST_BYTES = 2_000_000
REPORT_BAR_S = 2.0
# WCAG 2.1, 1.4.3: the least contrast of a text with its background.
LEAST_CONTRAST = 4.5
# Where to leave pictures of all pages, for people to look at.
PICTURES = os.environ.get("QKLENS_SCREENSHOTS")
ROOTS = [{"layer": 1, "head": 3, "destination": -1}, {"layer": 2, "head": 2, "destination": -1}]

# What a page has to show, by selectors, and how many of each at least.
PARTS: dict[str, dict[str, int]] = {
    "attention": {
        ".gallery button canvas": 16, ".heatmap canvas": 1, ".rows-of-tokens .token": 15, ".columns-of-tokens .token": 15,
        ".reading .token": 15, ".kinds input": 4, ".look .parts tbody tr": 4, ".look table.pairs tbody tr": 1, ".heads-of-model .tokens tr": 3,
    },
    "features": {
        ".list li": 50, "#page h2": 1, ".concordance .focus": 10, "table.partners tbody tr": 1, ".headbars > div": 4,
        ".histogram .bin.marked": 1, "table.tokens tbody tr": 1,
    },
    "pairs": {
        ".list li": 50, "table.places tbody tr": 4, ".mark.destination": 4, ".mark.source": 4, "table.heads tbody tr": 1,
        ".histogram .bin": 2, "table.tokens": 2, ".tools .choice input": 3,
    },
    "training": {".chart .line": 8, "table.settings tbody tr": 10, ".stage, .columns-of-heads": 3, ".histogram": 3, ".facts": 1},
    "two": {".run": 2, ".chart .line": 16, "table.settings th": 3},
    "circuit": {"svg.circuit .node": 3, "svg.circuit .link": 2, "svg.circuit text.token": 15, ".look table tbody tr": 1},
}
HOSTILE = [
    "</script><script>window.hacked = 1</script>", "<img src=x onerror=window.hacked=1>", "\u2028\u2029", "\u202eabc\u202c", "]]>-->",
    "a" * 10_000, "\n", "\x00\x1b[2J", "<!--<script>", "&amp;", " ", "", "\ud800", "עברית", "😀\u200d👩", "${alert(1)}", "{{title}}",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if program() is None:
        pytest.skip("the pages were NOT opened: there is no Chromium (Debian: chromium)")
    with Browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def reports(daemon: Daemon) -> dict[str, Report]:
    with daemon.client() as client:
        client.jobs.finish(client.dictionaries.train([0], d_sae_query=[24], d_sae_key=[24], steps=20, learning_rate=0.01, held_out_contexts=4))
        return {
            "attention": report.attention(client, PROMPT, maps=["m1"]),
            "features": report.features(client, "m1"),
            "pairs": report.pairs(client, "m1"),
            "training": report.training(client, "d1"),
            "two": report.training(client, "d1", client.dictionaries.list().dictionaries[0].dictionary),
            "circuit": report.circuit(client, text=PROMPT, roots=ROOTS),
        }


@pytest.fixture(scope="module")
def files(reports: dict[str, Report], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {name: each.write(folder / f"{name}.html") for name, each in reports.items()}


@pytest.fixture()
def opened(browser: Browser, files: dict[str, Path]) -> Callable[..., Page]:
    def open_one(name: str, fragment: str = "", dark: bool = False) -> Page:
        page = browser.page(dark=dark)
        page.open(files[name], fragment)
        return page

    return open_one


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PARTS)
def test_a_page_shows_its_parts_and_asks_for_nothing(opened: Callable[..., Page], files: dict[str, Path], name: str, dark: bool) -> None:
    page = opened(name, dark=dark)
    page.check()
    assert page.evaluate("document.documentElement.dataset.ready") == "true"
    found = {selector: page.count(selector) for selector in PARTS[name]}
    assert {selector: count for selector, count in found.items() if count < PARTS[name][selector]} == {}
    assert files[name].stat().st_size < LARGEST_BYTES
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is wider than the window"
    if PICTURES:
        page.screenshot(Path(PICTURES) / f"{name}-{'dark' if dark else 'light'}.png")


@pytest.mark.parametrize("name", PARTS)
def test_a_narrow_window_needs_no_scrolling_sideways(browser: Browser, files: dict[str, Path], name: str) -> None:
    page = browser.page(width=720)
    page.open(files[name])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", PARTS)
def test_everything_that_can_be_used_has_a_name(opened: Callable[..., Page], name: str) -> None:
    nodes = opened(name).call("Accessibility.getFullAXTree")["nodes"]
    used = [node for node in nodes if node.get("role", {}).get("value") in ("button", "link", "radio", "searchbox", "combobox", "slider", "application")]
    assert used and [node for node in used if not node.get("name", {}).get("value")] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(opened: Callable[..., Page], dark: bool) -> None:
    page = opened("training", dark=dark)
    colors = page.evaluate("Object.fromEntries(['--paper', '--surface', '--ink', '--muted', '--query', '--key', '--positive', '--negative'].map((n) => [n, QK.rgb(n)]))")

    def luminance(color: list[int]) -> float:
        linear = [each / 255 / 12.92 if each <= 10 else ((each / 255 + 0.055) / 1.055) ** 2.4 for each in color]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for text in ("--ink", "--muted", "--query", "--key", "--positive", "--negative"):
        for ground in ("--paper", "--surface"):
            light, dim = sorted((luminance(colors[text]), luminance(colors[ground])), reverse=True)
            assert (light + 0.05) / (dim + 0.05) >= LEAST_CONTRAST, (text, ground)


def test_the_theme_follows_the_system_and_a_key(opened: Callable[..., Page]) -> None:
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light, dark = opened("attention"), opened("attention", dark=True)
    assert light.evaluate(background) == "rgb(253, 253, 251)" and dark.evaluate(background) == "rgb(20, 22, 26)"
    pixels = "document.querySelector('.heatmap canvas').toDataURL()"
    before, after = light.changes(f"[{background}, {pixels}]", lambda: light.key("t"))
    assert after[0] == "rgb(20, 22, 26)" and before[1] != after[1], "what is drawn changes too"
    dark.click("#masthead button")
    assert dark.evaluate(background) == "rgb(253, 253, 251)"


def test_paper_is_light_and_without_what_only_a_screen_needs(opened: Callable[..., Page]) -> None:
    page = opened("pairs", dark=True)
    page.call("Emulation.setEmulatedMedia", {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(253, 253, 251)"
    assert page.evaluate("[...document.querySelectorAll('.dashboard nav, .buttons')].every((e) => getComputedStyle(e).display === 'none')")
    assert len(page.call("Page.printToPDF")["data"]) > 10_000
    page.check()


def test_the_list_of_keys_opens_and_closes(opened: Callable[..., Page]) -> None:
    page = opened("features")
    assert page.changes("document.querySelector('dialog').open", lambda: page.key("?")) == (False, True)
    assert "next" in page.text("dialog") and page.changes("document.querySelector('dialog').open", lambda: page.key("?")) == (True, False)


def test_heads_can_be_looked_over_and_kept(opened: Callable[..., Page]) -> None:
    page = opened("attention")
    large = "document.querySelector('.large h2').textContent"
    first = page.evaluate(large)
    page.hover(".gallery button[aria-label='L2H1']")
    assert page.evaluate(large) == "L2H1"
    page.hover("h1")
    assert page.evaluate(large) == first
    page.click(".gallery button[aria-label='L2H1']")
    page.hover("h1")
    assert page.evaluate(large) == "L2H1" and page.count(".gallery [aria-pressed=true]") == 1
    assert "No dictionary of this layer" in page.text(".look")
    page.check()


def test_a_cell_says_why(opened: Callable[..., Page]) -> None:
    page = opened("attention")
    label = "document.querySelector('.heatmap canvas').getAttribute('aria-label')"
    page.hover(".heatmap canvas", 10.5 / 15, 14.5 / 15)
    assert "token 14 ·to looks at token 10 ·John" in page.evaluate(label)
    assert "→" in page.text(".look h2") and "feature pairs" in page.text(".look") and page.count(".look table.pairs .query") > 0
    # The parts sum to the score, to what is shown of them.
    parts = [number(each) for each in page.evaluate("[...document.querySelectorAll('.parts td.number')].map((e) => e.textContent)")]
    assert len(parts) == 4 and abs(sum(parts) - number(page.text(".sum b"))) < 0.02
    page.click(".heatmap canvas", 10.5 / 15, 14.5 / 15)
    page.hover("h1")
    assert "looks at token 10" in page.evaluate(label), "a click keeps it"
    page.key("ArrowLeft")
    assert "looks at token 9" in page.evaluate(label)
    page.key("ArrowUp")
    assert "token 13 ·drink looks at token 9" in page.evaluate(label)
    page.hover(".heatmap canvas", 0.9, 0.1)
    assert "token 13 ·drink looks at token 9" in page.evaluate(label), "above the diagonal there is nothing"
    page.check()


def test_the_four_patterns_are_a_key_apart(opened: Callable[..., Page]) -> None:
    page = opened("attention")
    label, pixels = "document.querySelector('.heatmap canvas').getAttribute('aria-label')", "document.querySelector('.heatmap canvas').toDataURL()"
    seen = []
    for key, kind in zip("1234", ("true", "transcoders", "masked_map", "difference"), strict=True):
        page.key(key)
        assert f", {kind}: " in page.evaluate(label)
        seen.append(page.evaluate(pixels))
    assert len(set(seen)) == 4
    page.click(".kinds label", nth=0)
    assert ", true: " in page.evaluate(label)
    head = page.text(".large h2")
    page.key("]")
    assert page.text(".large h2") != head
    page.key("[")
    assert page.text(".large h2") == head
    page.key("}")
    assert page.text(".large h2") != head


def test_the_prompt_is_read_from_the_token_under_the_pointer(opened: Callable[..., Page]) -> None:
    page = opened("attention")
    page.hover(".reading .token", nth=12)
    assert page.evaluate("[...document.querySelectorAll('.reading .token')].findIndex((e) => e.classList.contains('is-destination'))") == 12
    assert page.count(".reading .is-later") == 2 and page.count(".reading .is-source") == 1


def test_numbers_on_the_page_are_the_daemons(opened: Callable[..., Page], client: Client) -> None:
    page = opened("attention")
    page.hover(".heatmap canvas", 10.5 / 15, 14.5 / 15)
    head = int(page.text(".large h2").split("H")[1])
    true = client.attention.pattern(PROMPT, layer=0, heads=[head], tensors="json").heads[0].pattern
    found = client.attention.explain(PROMPT, map="m1", head=head, destination=14, source=10).heads[0]
    assert true is not None and abs(number(page.text(".look .facts dd")) - (true[14][10] or 0)) < 1e-3
    assert number(page.text(".sum b")) == pytest.approx(found.attn_score, rel=5e-3)


def test_features_lead_to_pairs_and_back(opened: Callable[..., Page]) -> None:
    page = opened("features")
    heading = "document.querySelector('#page h2').textContent"
    first = page.evaluate(heading)
    page.key("j")
    second = page.evaluate(heading)
    assert second != first and page.count(".list .current") == 1
    page.key("k")
    assert page.evaluate(heading) == first
    page.click("table.partners a.pair")
    assert " × " in page.evaluate(heading) and page.evaluate("location.hash").startswith("#pair-")
    page.evaluate("new Promise((done) => { addEventListener('popstate', () => requestAnimationFrame(done)); history.back(); })")
    assert page.evaluate(heading) == first
    page.click("table.partners a.name:not(.pair)")
    assert page.evaluate(heading) != first and "feature" in page.evaluate(heading)
    page.check()


def test_the_list_is_filtered_and_sorted(opened: Callable[..., Page]) -> None:
    page = opened("features")
    count = page.count(".list li")
    page.key("/")
    for key in "k7":
        page.key(key)
    assert 0 < page.count(".list li") < count and f"of {count}" in page.text("output")
    page.evaluate("(() => { const f = document.querySelector('input[type=search]'); f.value = ''; f.dispatchEvent(new Event('input')); f.blur(); })()")
    order = "[...document.querySelectorAll('.list li')].map((e) => e.dataset.name).join()"
    before, after = page.changes(order, lambda: page.evaluate(
        "(() => { const s = document.querySelector('select'); s.value = 'number'; s.dispatchEvent(new Event('change')); })()"))
    assert before != after and sorted(before.split(",")) == sorted(after.split(","))
    page.key("p")
    assert page.count(".list li .pair") == page.count(".list li") > 0


def test_a_page_opens_at_what_its_address_names(opened: Callable[..., Page]) -> None:
    name = opened("features").evaluate("document.querySelectorAll('.list li')[7].dataset.name")
    page = opened("features", f"#{name}")
    assert page.evaluate("document.querySelector('.list .current').dataset.name") == name


def test_places_of_a_pair_are_marked_and_chosen(opened: Callable[..., Page]) -> None:
    page = opened("pairs")
    table = "document.querySelector('table.places').textContent"
    before, after = page.changes(table, lambda: page.click("#page .choice label", nth=1))
    assert before != after
    rows = page.evaluate("[...document.querySelectorAll('table.places tbody tr')].map((r) => [r.querySelectorAll('.destination').length, r.querySelectorAll('.source').length])")
    assert rows and all(row[0] >= 1 and row[1] >= 1 for row in rows)
    assert "nats" in page.evaluate("[...document.querySelectorAll('aside .facts div')].map((e) => e.title).join()"), "what removal does"
    page.hover(".histogram .bin", nth=1)
    assert "place" in page.text("#tip") and not page.evaluate("document.querySelector('#tip').hidden")
    page.check()


def test_a_chart_is_read_by_pointer_and_by_keys(opened: Callable[..., Page]) -> None:
    page = opened("two")
    page.hover(".chart:not(.histogram)", 0.5, 0.5)
    read = page.text("#tip")
    assert read.startswith("step ") and page.count("#tip .dot") == 2
    page.evaluate("document.querySelector('.chart:not(.histogram)').focus()")
    page.key("ArrowRight")
    assert page.text("#tip") != read
    page.check()


def test_a_circuit_is_read_by_pointer_and_by_keys(opened: Callable[..., Page]) -> None:
    page = opened("circuit")
    heading = "document.querySelector('.look h2').textContent"
    root = page.evaluate(heading)
    page.hover(".node[tabindex]:not(.current)", nth=1)
    assert page.evaluate(heading) != root and page.count(".link.lit") > 0
    page.hover("h1")
    assert page.evaluate(heading) == root
    page.click(".node[tabindex]:not(.current)", nth=1)
    page.hover("h1")
    assert page.count(".node.pinned") == 1 and page.count(".pins .pin") == 1
    page.key("Escape")
    assert page.count(".node.pinned") == 0
    before, after = page.changes(heading, lambda: page.key("ArrowUp"))
    assert before != after, "what it is read by stands above"
    page.key("Enter")
    assert page.count(".node.pinned") == 1
    shown = page.evaluate("(() => { const r = document.querySelector('input[type=range]'); r.value = 90; r.dispatchEvent(new Event('input')); "
                          "return document.querySelectorAll('.link.gone').length; })()")
    assert 0 < shown < page.count(".link")
    page.check()


def test_a_graph_file_is_drawn_as_circuit_tracers_are(browser: Browser, client: Client, tmp_path: Path) -> None:
    trace = client.jobs.finish(client.traces.create(task="indirect_object", count=2, roots=[{"layer": 1, "head": 3, "destination": "END"}]))
    assert trace.result is not None and trace.result.trace is not None
    kept = report.circuit(client, trace.result.trace).write(tmp_path / "kept.html")
    client.traces.export(trace.result.trace, tmp_path / "graph.json", prompt=0)
    drawn = report.circuit(client, graph=tmp_path / "graph.json").write(tmp_path / "drawn.html")
    counts = []
    for path in (kept, drawn):
        page = browser.page()
        page.open(path)
        page.check()
        counts.append((page.count("svg.circuit .node[tabindex]"), page.count("svg.circuit .link"), page.text("h1")))
    assert counts[0] == counts[1] and counts[0][0] > 1
    client.traces.delete(trace.result.trace)


def test_features_of_autoencoders_are_a_circuit_too(browser: Browser, client: Client, tmp_path: Path) -> None:
    if "saes.trace" not in [method["name"] for method in client.request("rpc.discover")["methods"]]:
        pytest.skip("this daemon traces no features of autoencoders")
    client.jobs.finish(client.saes.train([0, 1], d_sae=64, steps=40, held_out_contexts=4))
    page = browser.page()
    page.open(report.circuit(client, features=True, text=PROMPT, answer=" Mary", wrong=" John").write(tmp_path / "features.html"))
    page.check()
    assert page.text(".look h2").startswith("logit of ·Mary less ·John") and page.count("svg.circuit .link") > 0
    # What the links add is the share of the whole that the daemon says they are.
    shares = page.evaluate("[...document.querySelectorAll('.look section:first-of-type td:last-child')].map((e) => e.textContent)")
    kept = page.evaluate("[...document.querySelectorAll('.look .facts div')].find((e) => e.firstChild.textContent === 'by links').lastChild.textContent")
    assert sum(number(share.removesuffix(" %")) for share in shares) == pytest.approx(number(kept.removesuffix(" %")), abs=0.6 * len(shares))


@pytest.mark.parametrize("name", ["attention", "features", "pairs", "circuit"])
def test_hostile_tokens_are_shown_as_text(browser: Browser, reports: dict[str, Report], tmp_path: Path, name: str) -> None:
    document = json.loads(json.dumps(reports[name].document))
    document["pieces"] = [HOSTILE[place % len(HOSTILE)] for place, _ in enumerate(document["pieces"])]
    document["title"] = "".join(HOSTILE)
    page = browser.page()
    page.open(Report(document).write(tmp_path / "hostile.html"))
    page.check()
    assert page.evaluate("window.hacked === undefined") and page.count("img, script:not([type]):not(:empty) ~ img") == 0
    scripts = (ROOT / "Clients" / "Pages" / "page.html").read_text().count("<script")
    assert page.count("script") == scripts, "no token has begun or ended a script"
    text = page.evaluate("document.body.innerText")
    assert "<img" in text and "⟨202E⟩" in text and "\u202e" not in page.evaluate("document.querySelector('main').textContent")
    assert page.evaluate("Math.max(...[...document.querySelectorAll('.token')].map((e) => e.textContent.length))") < 260
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if PICTURES:
        page.screenshot(Path(PICTURES) / f"hostile-{name}.png")


def test_a_hostile_prompt_goes_all_the_way(browser: Browser, client: Client, tmp_path: Path) -> None:
    text = "</script><img src=x onerror=window.hacked=1>\u2028\u202e\n\n\t<b>&amp;"
    page = browser.page()
    page.open(report.attention(client, text, layers=[0]).write(tmp_path / "hostile.html"))
    page.check()
    assert page.evaluate("window.hacked === undefined") and page.count("img") == 0 and page.text("h1").startswith("</script><img")


def test_a_notebook_shows_it_in_a_frame_of_its_own(browser: Browser, reports: dict[str, Report], tmp_path: Path) -> None:
    host = tmp_path / "host.html"
    host.write_text(f"<!doctype html><meta charset=utf-8><title>host</title>{reports['features']._repr_html_()}")
    page = browser.page()
    page.call("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": True})
    page.open(host)
    inner = page.frame()
    assert inner.evaluate("document.documentElement.dataset.ready") == "true"
    heading = "document.querySelector('#page h2').textContent"
    before, after = inner.changes(heading, lambda: inner.evaluate("document.querySelector('table.partners a.pair').click()"))
    assert before != after, "links work without an address"
    assert inner.evaluate("(() => { try { return parent.document.title; } catch { return 'kept out'; } })()") == "kept out"
    page.check()


def test_a_report_of_a_hundred_features_and_three_hundred_pairs_is_quick(own_daemon: Daemon, tmp_path: Path) -> None:
    with own_daemon.client() as client:
        client.jobs.finish(client.dictionaries.train([0], d_sae_query=[96], d_sae_key=[96], steps=60, learning_rate=0.01, held_out_contexts=4))
        client.jobs.finish(client.maps.train("d1", steps=20, batch_sequences=4, support_contexts=16, held_out_contexts=4))
        client.jobs.finish(client.examples.collect("m1", contexts=32))
        took, size = 1e9, 0
        for attempt in range(2):
            start = time.perf_counter()
            made = report.features(client, "m1")
            path = made.write(tmp_path / f"{attempt}.html")
            took = min(took, time.perf_counter() - start)
            size = path.stat().st_size
    answers = made.document["answers"]
    assert sum(len(call["params"]["features"]) for call in listed(answers["features"]["calls"])) == 100
    assert len(listed(answers["places"]["calls"])) == 300
    assert size < LARGEST_BYTES
    hold(f"a report of 100 features and 300 pairs: {took:.2f} s, {size / 1e6:.2f} MB", took, REPORT_BAR_S)


def test_a_report_is_not_written_over_another(reports: dict[str, Report], tmp_path: Path) -> None:
    path = reports["training"].write(tmp_path / "once.html")
    with pytest.raises(FileExistsError):
        reports["training"].write(path)
    assert reports["training"].write(path, overwrite=True) == path
    assert "{{" not in path.read_text().partition("<style>")[0]


def test_what_cannot_be_shown_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="one dictionary, or two"):
        report.training(client)
    with pytest.raises(ValueError, match="at least two points"):
        report.training(client, "d1", points=1)
    with pytest.raises(errors.MapNotFound):
        report.features(client, "m99")
    with pytest.raises(ValueError, match="name fewer layers"):
        # All that this model can read fits, so the bound is lowered.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("qklens.report.patterns.MOST_CELLS", 1000)
            report.attention(client, PROMPT)


def test_what_is_no_graph_is_refused(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    node, tokens = {"node_id": "a", "ctx_idx": 0}, {"prompt_tokens": ["a"]}
    for held, why in (
        ([], "no lists"), ({"nodes": [node], "links": 1, "metadata": tokens}, "no lists"), ({"nodes": [node], "links": []}, "no tokens"),
        ({"nodes": [], "links": [], "metadata": tokens}, "no nodes"),
        ({"nodes": [{"ctx_idx": 1_000_000_000}], "links": [], "metadata": tokens}, "of 1 tokens"),
        ({"nodes": [node], "links": [{"source": "a", "target": "a"}], "metadata": tokens}, "no weight"),
    ):
        path.write_text(json.dumps(held))
        with pytest.raises(ValueError, match=why):
            report.circuit(client, graph=path)


def test_features_and_pairs_can_be_named(client: Client) -> None:
    top = client.pairs.top("m1", limit=1).pairs[0]
    named = report.features(client, "m1", [("query", top.query_feature), ("key", top.key_feature)], pairs=5, removals=1).document
    assert [call["params"]["side"] for call in listed(named["answers"]["features"]["calls"])] == ["query", "key"]
    assert len(listed(named["answers"]["places"]["calls"])) == 5
    one = report.pairs(client, "m1", [(top.query_feature, top.key_feature)]).document
    assert one["answers"]["places"]["params"]["query_feature"] == top.query_feature and one["report"] == "pairs"


def listed(table: Any) -> list[Any]:
    """A packed list of calls as it was."""
    if isinstance(table, list):
        return [{**call, "params": call["params"]} for call in table]
    return [dict(zip(table["$columns"], row, strict=True)) for row in table["$rows"]]


def number(text: str) -> float:
    """A number as a page shows it."""
    return float(text.replace("−", "-").replace(",", "").replace("+", ""))


