"""QR codes in the terminal."""

import io

_WHITE_ON_BLACK = "\x1b[97;40m"
_PLAIN = "\x1b[0m"


def qr_code(text: str) -> str:
    """Return a QR code as lines of half blocks, dark on light whatever the terminal's colours are."""
    import segno  # noqa: PLC0415  # only where one is drawn

    lines = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(lines, compact=True)
    return "".join(f"{_WHITE_ON_BLACK}{line}{_PLAIN}\n" for line in lines.getvalue().splitlines())
