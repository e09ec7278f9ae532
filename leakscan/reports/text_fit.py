"""Foreign text (names, keys, paths of the target) made fit to print."""

ELLIPSIS = "…"


def printable(text: str) -> str:
    r"""The text on one line, with what does not print (`\n`, ESC, lone surrogates) escaped."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def shortened(text: str, width: int) -> str:
    """The text, cut in the middle if it is longer than the width."""
    if len(text) <= width:
        return text
    kept = max(width - len(ELLIPSIS), 2)
    return f"{text[: (kept + 1) // 2]}{ELLIPSIS}{text[len(text) - kept // 2 :]}"


def shortened_path(path: str, width: int) -> str:
    """The path, with folders from its middle left out until it fits.

    The file's name stays to the last; one that is too long for the width is cut itself.
    """
    if len(path) <= width:
        return path
    root, *folders, file = path.split("/") if "/" in path[1:] else ("", path)
    candidates = ["/".join([root, ELLIPSIS, *folders[n:], file]) for n in range(1, len(folders))]
    for candidate in (*candidates, shortest_path(path)):
        if len(candidate) <= width:
            return candidate
    return shortened(file, width)


def shortest_path(path: str) -> str:
    """The path without any folder that can be left out."""
    folder, slash, file = path.rpartition("/")
    return f"{ELLIPSIS}/{file}" if slash and len(folder) > len(ELLIPSIS) else path


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")
