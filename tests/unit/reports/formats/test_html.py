"""The HTML report as a file: what is in it, and that nothing else can run in it."""

import hashlib
import re
from base64 import b64encode
from html.parser import HTMLParser

import pytest

from leakscan import documentation
from leakscan.model.run import Unit
from leakscan.reports.formats.html import html_text
from leakscan.reports.formats.html.markup import sentence_markup
from leakscan.reports.locations import Checkout
from leakscan.reports.views.max_rows import WHOLE_PAGE
from leakscan.reports.views.patterns import Pattern, patterns
from leakscan.reports.views.report import report_view
from tests.browser.pages import a_hostile_analysis, a_thousand_findings, a_usual_analysis
from tests.builders import a_failure, a_finding, an_analysis
from tests.written import content_of

NOWHERE = Checkout(folder="/nowhere")
LARGEST_USUAL_PAGE = 600_000


class _Page(HTMLParser):
    """The elements of a page, and the text between the tags of those that hold code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.code: dict[str, list[str]] = {"script": [], "style": []}
        self._inside: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        is_code = tag == "style" or (tag == "script" and not dict(attrs).get("type"))
        self._inside = tag if is_code else None

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self.code[self._inside].append(data)

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._inside = None

    @property
    def policy(self) -> str:
        contents = [a["content"] for t, a in self.tags if a.get("http-equiv") == "Content-Security-Policy"]
        assert len(contents) == 1
        return contents[0] or ""


def test_only_the_code_whose_hash_the_policy_names_can_run() -> None:
    page = _Page(html_text(report_view(a_hostile_analysis(), WHOLE_PAGE)))

    directives = dict(part.split(" ", 1) for part in page.policy.split("; "))

    assert directives["default-src"] == "'none'"
    for tag in ("script", "style"):
        hashes = [b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in page.code[tag]]
        assert directives[f"{tag}-src"] == " ".join(f"'sha256-{digest}'" for digest in hashes)
    assert set(directives) == {"default-src", "script-src", "style-src", "base-uri", "form-action"}


@pytest.mark.parametrize("sites", [None, ()])
def test_nothing_in_the_page_points_outside_it_or_to_what_is_not_there(sites: tuple[()] | None) -> None:
    analysis = a_usual_analysis() if sites is None else an_analysis(a_finding(sites=sites))
    page = _Page(html_text(report_view(analysis, WHOLE_PAGE)))

    links = [attributes["href"] or "" for _, attributes in page.tags if "href" in attributes]

    identities = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    assert links
    assert set(links) <= identities
    assert ("#sites" in identities) == (sites is None)
    assert not any({"src", "srcset", "style", "onclick", "onerror"} & set(a) for _, a in page.tags)


def test_the_advice_has_the_section_on_its_pattern_as_html_and_no_link_while_there_is_no_site() -> None:
    analysis = an_analysis(a_finding(advice="drop `__traceback__`", pattern="a-lock-per-key"))

    text = html_text(report_view(analysis, WHOLE_PAGE))

    assert "<strong>Advice:</strong> drop <code>__traceback__</code></p>" in text
    assert "<summary>A lock per key</summary>\n<p><em>In a report:</em> a <code>dict</code> of" in text
    assert '<pre><code class="language-python">@dataclass\nclass CountedLock:' in text
    assert "://" not in re.sub("<script.*?</script>", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.name)
def test_the_section_on_a_pattern_has_no_raw_backticks(pattern: Pattern) -> None:
    analysis = an_analysis(a_finding(advice="mend it", pattern=pattern.name))

    text = html_text(report_view(analysis, WHOLE_PAGE))

    (section,) = re.findall('<details class="pattern">.*?</details>', text, re.DOTALL)
    assert pattern.title.replace("'", "&#39;") in section
    assert "`" not in section


def test_advice_whose_pattern_this_leakscan_does_not_know_says_which_command_explains_it() -> None:
    analysis = an_analysis(a_finding(advice="look", pattern="what-a-later-version-knows"))

    assert "<code>leakscan explain what-a-later-version-knows</code>" in html_text(
        report_view(analysis, WHOLE_PAGE)
    )


def test_the_advice_links_to_the_page_on_its_pattern_without_saying_from_where_once_there_is_a_site(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(documentation, "SITE", "https://docs.example/")
    analysis = an_analysis(a_finding(advice="count the users", pattern="a-lock-per-key"))

    text = html_text(report_view(analysis, WHOLE_PAGE))

    assert '<a href="https://docs.example/patterns.html#a-lock-per-key" rel="noreferrer">' in text


def test_a_sentence_in_backticks_is_code_and_what_is_markup_in_it_is_not() -> None:
    assert sentence_markup("use `a<b>` & `c`, not `") == (
        "use <code>a&lt;b&gt;</code> &amp; <code>c</code>, not `"
    )


def test_every_name_that_could_be_markup_is_escaped() -> None:
    text = html_text(report_view(a_hostile_analysis(), WHOLE_PAGE))

    page = _Page(text)

    assert "<script>executed" not in text
    assert "</script></style>" not in text
    assert [tag for tag, _ in page.tags if tag == "img"] == []
    assert "{{7*7}}" in text, "a name is no template"


def test_a_page_is_ascii_and_the_same_each_time() -> None:
    content = content_of("html", a_hostile_analysis(), NOWHERE)

    assert content.isascii()
    assert content == content_of("html", a_hostile_analysis(), NOWHERE)


def test_a_usual_page_is_small_enough_to_mail() -> None:
    assert len(content_of("html", a_usual_analysis(), NOWHERE)) < LARGEST_USUAL_PAGE


def test_a_long_name_is_cut_in_its_middle_and_a_thousand_findings_are_all_there() -> None:
    assert "x" * 1_000 not in html_text(report_view(a_hostile_analysis(), WHOLE_PAGE))
    assert content_of("html", a_thousand_findings(), NOWHERE).count(b'<details class="finding') == 1_000


def test_the_source_around_the_site_is_marked_and_its_absence_said() -> None:
    analysis = an_analysis(a_finding())

    text = content_of("html", analysis, NOWHERE).decode()

    assert "no source: app/jobs.py is not on the disk where this report was made" in text


@pytest.mark.parametrize(
    "said",
    [
        "the target raised ValueError: bad input (call 41)",
        "raise ValueError(&#39;bad input&#39;)",
        "hint: call it with an argument",
        "warning: it was late",
        "+1.9 kB of heap, +30.0 blocks, +2.1 kB resident per second",
        "bytes/second",
    ],
)
def test_a_page_says_what_the_terminal_says(said: str) -> None:
    analysis = an_analysis(
        a_finding(),
        unit=Unit.SECOND,
        failure=a_failure(hint="call it with an argument"),
        warnings=("it was late",),
    )

    text = html_text(report_view(analysis, WHOLE_PAGE))

    assert said in re.sub(r"\s+", " ", text)


def test_how_long_a_worker_lasts_is_said_in_words_that_read() -> None:
    text = html_text(report_view(an_analysis(a_finding(), unit=Unit.SECOND), WHOLE_PAGE))

    assert "<dt>as it runs</dt>" in text
    assert "<dt>at 10 calls/s</dt>" in html_text(report_view(an_analysis(a_finding()), WHOLE_PAGE))
