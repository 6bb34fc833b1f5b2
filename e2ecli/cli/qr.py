"""QR codes in the terminal."""

import io


def qr_code(text: str) -> str:
    """Return a QR code as lines of half blocks, dark on light whatever the terminal's colours are."""
    import segno  # noqa: PLC0415  # only where one is drawn

    lines = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(lines, compact=True)
    return lines.getvalue()
