"""What may be a secret, masked: reports and recordings are attached to tickets and kept by CI.

What looks like a secret is masked: a word that is masked in vain costs less than a password that is shown.
"""

import re
from collections.abc import Iterable
from functools import partial

MASK = "…"
LONGEST_MESSAGE = 4_096
"""Characters that are kept of a message."""
LONGEST_TRACEBACK = 65_536
"""Characters that are kept of a traceback, half of them of its end."""
_MAX_READ_FACTOR = 4
"""How many times as many characters are looked at: a secret that is cut in its middle might not be known."""

_NAMES = (
    r"pass(?:wor[dt]|wd|phrase|code)|pwd|secret|token|credentials?|authorization|cookie|session[_-]?id"
    r"|(?:api|private|access|account|signing|encryption)[ _-]?key"
    r"|kennwort|wachtwoord|contrase[nñ]a|mot[ _-]de[ _-]passe|senha|парол[ья]|密码|パスワード"
    # Short ones as words of their own, as in `db_pass` and `dbPass`: no compass and no author.
    r"|(?-i:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))(?:pass|pw|auth)(?![a-z])"
)
_KEY = rf"(?:{_NAMES})[\w-]{{0,40}}"
_SIGN = r"(?>[=-]>|:=|={1,3}|:|%3[AD])"
_QUOTED = (
    r"""(?:[a-z]{0,2}(?:'{3}[^\n]*|"{3}[^\n]*|"(?:[^"\\\n]|\\[^\n])*+"?|'(?:[^'\\\n]|\\[^\n])*+'?)"""
    r"""|\\{1,4}"[^"\n]*"?|\\{1,4}'[^'\n]*'?)"""
)
_OPENED = r"[\w.]{0,60}[(\[{<][^\n]*"
"""What is wrapped, as in `Secret('…')` or a list: where it ends takes a parser to know."""
_SCHEME = r"(?:(?:bearer|basic|digest|token)\s+)?"
_BARE = r"""(?:[^\s,;&)\]}'"]|['"](?=\w))+"""
_VALUE = rf"(?:{_QUOTED}|{_OPENED}|{_SCHEME}{_BARE})"
_LINE = rf"(?:{_QUOTED}|[^\n]+)"
_WITHIN = r"\b[^\n]{0,200}?(?<![\w-])"
"""From the name of a program to an option of its."""
_ARGUMENT = rf"(?:{_QUOTED}|[^\s'\",;=)\]}}][^\s'\";]*(?<![,)\]}}]))"


class _Pattern:
    """A regular expression that is compiled when it is first used.

    To compile all takes as long as to load half of the agent, which starts with every run and masks little.
    """

    __slots__ = ("_compiled", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._compiled: re.Pattern[str] | None = None

    @property
    def compiled(self) -> re.Pattern[str]:
        """The same object each time."""
        if self._compiled is None:
            self._compiled = re.compile(self._text)
        return self._compiled


# The last @ before a space ends what stands for the user: a password may have any other sign in it.
_CREDENTIALS = _Pattern(r"(?<=://)(?:[^\s:/@'\"<>]{0,99}:[^\s'\"<>]{0,999}|[^\s/'\"<>]{0,999})@")
_MASKS: tuple[tuple[_Pattern, str], ...] = (
    (_CREDENTIALS, f"{MASK}@"),
    (
        _Pattern(
            r"(?i)(\b(?:hooks\.slack\.com/\w{1,20}/|discord(?:app)?\.com/api/webhooks/|api\.telegram\.org/bot))"
            r"[^\s'\"<>]+"
        ),
        MASK,
    ),
    (
        _Pattern(
            r"(?i)([?&;](?:[\w.-]{0,40}[_-])?(?:sig|signature|code|key|hmac|otp|jwt|sid|session|ticket)=)"
            r"[^\s&#'\"<>]+"
        ),
        MASK,
    ),
    # Headers have several values, with names of their own.
    (_Pattern(r"(?i)((?:authorization|cookie2?)\s{0,8}[:=]\s{0,8})[^\n]+"), MASK),
    (
        _Pattern(rf"(?i)(<[\w:.-]{{0,40}}{_KEY}(?:\s[^<>\n]{{0,200}})?>)(?:<!\[CDATA\[)?[^<\n]+"),
        MASK,
    ),
    (_Pattern(rf"(?i)((?<![\w-])--?[\w-]{{0,40}}{_KEY}['\"]?[\s,=]{{1,8}}){_VALUE}"), MASK),
    # A name in quotes, as in a dict or a pair; without a space behind the sign; with one, as in a sentence.
    (
        _Pattern(rf"(?i)({_KEY}\\{{0,4}}['\"]\]?\s{{0,8}}(?:{_SIGN}|,|value=)\s{{0,8}}){_VALUE}"),
        MASK,
    ),
    (_Pattern(rf"(?i)({_KEY}\s{{0,8}}{_SIGN}(?![ \t])\s{{0,8}}){_VALUE}"), MASK),
    (_Pattern(rf"(?i)({_KEY}\s{{0,8}}{_SIGN}[ \t]{{1,8}}){_LINE}"), MASK),
    (_Pattern(rf"(?i)({_KEY}['\"]?[ \t]{{1,4}}(?:(?:is|was)[ \t]{{1,4}})?){_QUOTED}"), MASK),
    # The user and the password in one word; what a letter means depends on the program.
    (
        _Pattern(
            r"((?<![\w-])(?:-u|--(?:proxy-)?user)['\",\s=]{0,4}[^\s:/@'\",=-][^\s:/@'\"]{0,64}:)(?!//)[^\s'\";]+"
        ),
        MASK,
    ),
    (
        _Pattern(rf"(\b(?:mysql|mariadb|7z|sshpass|login)[\w-]{{0,20}}{_WITHIN}-p)(?!['\"][,\s]){_ARGUMENT}"),
        MASK,
    ),
    (
        _Pattern(
            rf"(\b(?:(?:sshpass|login){_WITHIN}-p|redis-cli{_WITHIN}-a|ldap\w{{1,20}}{_WITHIN}-w)"
            rf"['\",\s=]{{1,4}}?){_ARGUMENT}"
        ),
        MASK,
    ),
    (_Pattern(r"((?<![\w-])-p)(?=[^\s'\"]{0,64}[A-Za-z])(?=[^\s'\"]{0,64}\d)[^\s'\";]+"), MASK),
    (_Pattern(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), f" {MASK}"),
    (_Pattern(r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END|\Z)"), MASK),
    (
        _Pattern(
            r"\b(?:(?:sk|pk|rk)_(?:live|test)_\w+|sk-[\w-]{16,}|gh[pousr]_\w{16,}|github_pat_\w+|glpat-[\w-]+"
            r"|xox[abprs]-[\w-]+|A[KS]IA[0-9A-Z]{12,}|eyJ[\w-]{8,}(?:\.[\w-]*)*"
            r"|(?:npm|hf)_(?=[A-Za-z]*\d)\w{8,}|SG\.[\w-]{6,}(?:\.[\w-]+)?|dckr_[a-z]at_[\w-]+"
            r"|ya29\.[\w.-]+|AIza[\w-]{16,}|pypi-[\w-]{16,}|xapp-[\w-]+|hvs\.[\w-]+|whsec_\w+)"
        ),
        MASK,
    ),
    # Long words with at least four digits among their letters: random ones, not names, and no path.
    (
        _Pattern(
            r"(?<![\w.+/=-])(?=(?:[A-Za-z+/=-]*\d){4})(?=[\d+/=-]*[A-Za-z])[A-Za-z\d][A-Za-z\d+/=-]{23,}(?![\w.+/=-])"
        ),
        MASK,
    ),
)
"""What is masked, and what stands in its place, behind the first group of the pattern if it has one."""
_SAID = _Pattern(
    rf"(?i)(?P<before>{_KEY}[)\]'\"]{{0,2}}[ \t]{{1,4}}"
    r"(?:(?P<verb>(?:(?:for|of|von|für)[ \t]{1,4}\S{1,64}[ \t]{1,4})?"
    r"(?:is|are|was|were|ist|war|lautet))[ \t]{1,4}"
    r"(?:(?:not|now|still|just|only|really|the|nicht|jetzt)[ \t]{1,4}){0,3}|(?:to|as|of)[ \t]{1,4})?"
    rf"[(\[{{<]?)(?!{_KEY})(?P<word>[^\s(\[{{<]\S*(?<![,;.:!?)\]}}>'\"]))"
)
"""The name of a secret and the word behind it, with or without a verb that says that it is the secret."""
_STATES = (
    "a absent accepted ambiguous an bad blank blocked changed compromised configured correct created "
    "declined deleted denied deprecated different disabled empty encrypted enough equal exhausted "
    "expired failed false forbidden found generated given good hashed hidden ignored in incorrect "
    "insecure invalid issued known limited locked long longer lost malformed mandatory masked missing "
    "needed no none not null of ok on optional out outdated present provided read received refused "
    "rejected removed requested required reset revoked same sent set short shorter shown specified "
    "stale stored strong supported too true unchanged undefined unknown unset unsupported unused "
    "updated used valid wanted weak wrong abgelaufen falsch gesperrt leer ungültig unbekannt"
)
"""Words that describe a secret, and are none."""
_DESCRIPTIONS = frozenset(_STATES.split())
_PLAIN = _Pattern(r"[a-z]+(?:'[a-z]+)?|\W*|.{1,3}|[\d.,]{1,5}|[A-Za-z_-]+=[^=].*")
"""What is rather a word of the sentence, where no verb says that it is the secret; or has its own name."""
_FLAG = _Pattern(r"-([A-Za-z])\1*|--[A-Za-z][\w.-]{0,40}")
_SECRET_OPTION = _Pattern(rf"(?i)-p|--?[\w-]{{0,40}}{_KEY}")
_FLAG_WITH_VALUE = _Pattern(r"--[A-Za-z][\w.-]{0,40}=|-[A-Za-z]")


def masked(text: str) -> str:
    """The text without credentials in URLs, values of what is named like a secret, and long tokens."""
    for pattern, shown in _MASKS:
        text = pattern.compiled.sub(partial(_masked_part, shown), text)
    return _SAID.compiled.sub(_masked_word, text)


def _masked_part(shown: str, match: re.Match[str]) -> str:
    # Not by a template such as r"\1…": to read one, `re` is looked for in the target's `sys.modules`.
    return f"{match[1]}{shown}" if match.re.groups else shown


def _masked_word(match: re.Match[str]) -> str:
    word = match["word"]
    is_description = word.lower() in _DESCRIPTIONS or (
        match["verb"] is None and _PLAIN.compiled.fullmatch(word) is not None
    )
    return match[0] if is_description else f"{match['before']}{MASK}"


def without_credentials(text: str) -> str:
    """The text without the users and passwords in its URLs: code of a program stays the same code."""
    return _CREDENTIALS.compiled.sub(f"{MASK}@", text)


def message_text(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """A message of the target, masked, and cut at its end."""
    return truncated(masked(truncated(text, _MAX_READ_FACTOR * longest)), longest)


def traceback_text(parts: Iterable[str]) -> str:
    """A traceback, masked; of a very long one the beginning and the end."""
    text = "".join(
        message_text(part) + "\n" * part.endswith("\n") if _is_long(part) else part for part in parts
    )
    if len(text) > LONGEST_TRACEBACK:
        half = LONGEST_TRACEBACK // 2
        text = f"{text[:half]}{MASK}\n{text[-half:]}"
    return masked(text)


def _is_long(text: str) -> bool:
    return len(text) > LONGEST_MESSAGE


def truncated(text: str, longest: int) -> str:
    """The text, with its end left out where it is longer."""
    return text if len(text) <= longest else text[: longest - 1] + MASK


def masked_arguments(arguments: Iterable[str]) -> tuple[str, ...]:
    """Arguments of a program: the names of its options are shown, and no value."""
    shown: list[str] = []
    for argument in arguments:
        # What follows the name of a secret is its value, even if it looks like an option.
        is_value = bool(shown) and _SECRET_OPTION.compiled.fullmatch(shown[-1]) is not None
        shown.append(MASK if is_value else _masked_argument(argument))
    return tuple(shown)


def _masked_argument(argument: str) -> str:
    is_name = argument in ("-", "--") or _FLAG.compiled.fullmatch(argument) is not None
    if is_name and masked(argument.lstrip("-")) == argument.lstrip("-"):
        return argument
    option = _FLAG_WITH_VALUE.compiled.match(argument)
    return MASK if option is None else f"{option[0]}{MASK}"
