"""What the program says: words for people on stderr, or one JSON document or line for machines."""

import sys
from typing import Any

from e2ecli.cli.stdout import print_text, writing_to
from e2ecli.cli.terminal import harmless, is_terminal
from e2ecli.errors import E2EError
from e2ecli.keyring.files import write_all
from e2ecli.records import Record

SCHEMA = "e2e/1"


class Report(Record):
    """How this call reports: as words or as JSON, and where."""

    command: str
    as_json: bool
    json_descriptor: int | None
    quiet: bool
    writes_data: bool
    """Whether stdout belongs to data, so that JSON goes to stderr."""

    def say(self, text: str) -> None:
        """Tell a person something that they can do without."""
        if not self.quiet and not self.as_json:
            _say(text)

    def suggest(self, text: str) -> None:
        """Tell a person at a terminal what to do next."""
        if is_terminal(sys.stderr):
            self.say(f"next: {text}")

    def warn(self, text: str) -> None:
        """Tell a person something that they should know even when quiet was asked for."""
        if not self.as_json:
            _say(text)

    def document(self, document: Any) -> None:
        """Write one JSON document, where JSON was asked for."""
        if not self.as_json:
            return
        import json  # noqa: PLC0415  # only where it is asked for

        line = json.dumps(document) + "\n"
        if self.json_descriptor is not None:
            with writing_to(f"--json-fd {self.json_descriptor}"):
                write_all(self.json_descriptor, line.encode())
        elif self.writes_data:
            _write_stderr(line)
        else:
            print_text(line)

    def failure(self, error: E2EError, facts: dict[str, Any] | None = None) -> None:
        """Report an error in one or two lines, or as JSON with what is known of the file."""
        if self.as_json:
            self.document(
                {
                    "schema": SCHEMA,
                    "command": self.command,
                    "ok": False,
                    "exit_code": error.exit_code,
                    **(facts or {}),
                    "error": {"kind": error.kind, "message": error.message, "hint": error.hint},
                }
            )
            return
        _say(error.message)
        if error.hint is not None:
            _write_stderr(f"     {harmless(error.hint)}\n")


def _say(text: str) -> None:
    _write_stderr(f"e2e: {harmless(text)}\n")


def _write_stderr(text: str) -> None:
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, UnicodeEncodeError):
        pass  # nobody is left to be told
