"""The program's entry: commands found by name, loaded only when they run; errors turned into exit codes."""

import contextlib
import importlib
import os
import resource
import signal
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import click

from e2ecli import __version__
from e2ecli.cli.families import FAMILIES
from e2ecli.cli.invocation import common_options
from e2ecli.cli.report import Report
from e2ecli.cli.results import ReportedFailureError
from e2ecli.cli.stdout import print_text, stdout_is_closed, writing_to_stdout
from e2ecli.errors import E2EError, InterruptedByUserError, UsageError
from e2ecli.nearness import nearest

COMMANDS = {
    "keygen": "Make an identity: your keys, and the card that others need.",
    "export": "Print your card, or a contact's.",
    "import": "Take somebody's card into the keyring.",
    "send": "Encrypt and sign a message or file.",
    "open": "Decrypt and verify a message or file.",
    "sign": "Sign a document for everybody to read.",
    "verify": "Check who signed a document.",
    "inspect": "Tell what a message shows to everybody, without any key.",
    "contacts": "Show, verify, introduce, add, rename and remove people.",
    "groups": "Write to many as to one: make groups, share them.",
    "keys": "Show and change your own identities: rotate, expire, revoke, restore.",
    "doctor": "Check the keyring, and say what should be done.",
    "unlock": "Type the passphrase once, and use your identity for a while.",
    "lock": "Lock all identities that are unlocked.",
    "help": "Show a page of the manual.",
    "completion": "Print the completion script of a shell.",
}

_SECTIONS = {
    "Every day": ("keygen", "export", "import", "send", "open"),
    "Documents for everybody": ("sign", "verify", "inspect"),
    "People, groups and your own keys": ("contacts", "groups", "keys", "unlock", "lock"),
    "Help": ("help", "doctor", "completion"),
}

_OTHER_WORDS = {
    "encrypt": "send",
    "seal": "send",
    "decrypt": "open",
    "unseal": "open",
    "init": "keygen",
    "group": "groups",
    "contact": "contacts",
    "key": "keys",
}
_MOMENT_SECONDS = 0.01
_DATA_COMMANDS = frozenset(
    {"send", "open", "sign", "verify", "export", "completion", "help", "contacts introduce", "groups share"}
)
_MODULES = {"import": "import_", "open": "open_"}


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name."""
        if cmd_name not in COMMANDS:
            if ctx.resilient_parsing:  # a shell that completes is no place for messages
                return None
            raise UsageError(f"there is no command “{cmd_name}”", _suggestion(cmd_name))
        module = importlib.import_module(f"e2ecli.cli.commands.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        width = max(map(len, COMMANDS))
        for title, names in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), COMMANDS[name]) for name in names])


def _suggestion(name: str) -> str:
    other = _OTHER_WORDS.get(name) or nearest(name, COMMANDS)
    return "e2e --help lists the commands" if other is None else f"did you mean e2e {other}?"


def make_group() -> click.Group:
    """Return the program's command."""

    def group(**_: Any) -> None:
        """Seal files and messages to people and groups, and know on opening who wrote them."""

    settings = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
    made = click.group(cls=LazyGroup, name="e2e", context_settings=settings)(common_options(group))
    return click.version_option(__version__, prog_name="e2e", message="%(prog)s %(version)s")(made)


def run(arguments: Sequence[str] | None = None, context: dict[str, Any] | None = None) -> NoReturn:
    """Run the program and exit with a documented code.

    Arguments:
        arguments: the command line without the program's name; the process's own by default.
        context: what a caller within Python puts in place of the system, such as a `clock`.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    shared: dict[str, Any] = {} if context is None else context
    _forbid_core_dumps()
    with contextlib.suppress(ValueError):  # not in the main thread
        catch_interrupts()
    code = _run(list(arguments), shared)
    _close_stdout()
    sys.exit(code)


def catch_interrupts() -> None:
    """Have Ctrl-C, and what ends processes, raise KeyboardInterrupt, wherever it comes.

    What was ignored at the start stays so: nohup(1), and a shell that runs this in the background, want that.

    Python drops an exception that is raised within a finalizer or a callback of its own, and the program
    would go on as if nobody had pressed anything: it comes again a moment later.
    """
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is not signal.SIG_IGN:
            signal.signal(ending, signal.default_int_handler)
    signal.signal(signal.SIGALRM, signal.default_int_handler)

    def again(dropped: "sys.UnraisableHookArgs") -> None:
        if issubclass(dropped.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, _MOMENT_SECONDS)
        else:
            sys.__unraisablehook__(dropped)

    sys.unraisablehook = again


def _forbid_core_dumps() -> None:
    """Keep secrets out of core dumps: one byte is too little for a file, and stops Linux from piping one.

    A limit of 0 would not: core(5) says that it means nothing where dumps go to a program.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    limit = 0 if hard == 0 else 1
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


def _run(arguments: list[str], shared: dict[str, Any]) -> int:
    try:
        code = _invoke(arguments, shared)
    except ReportedFailureError as failure:
        return failure.exit_code
    except BrokenPipeError:
        return E2EError.exit_code  # the reader has gone, and needs no message
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _fail(
            InterruptedByUserError("interrupted; nothing unfinished is left behind"), arguments, shared
        )
    except click.ClickException as error:
        return _fail(_usage_error(error), arguments, shared)
    except E2EError as error:
        return _fail(error, arguments, shared)
    except MemoryError:
        return _fail(E2EError("there is not enough memory for this"), arguments, shared)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(E2EError(f"{where}{(error.strerror or str(error)).lower()}"), arguments, shared)
    except Exception as error:  # noqa: BLE001  # the one place: a defect ends in a line and a code as well
        return _fail(
            E2EError(f"this is a defect in e2e: {_origin(error)}", "please report it, with what you did"),
            arguments,
            shared,
        )
    return code


def _invoke(arguments: list[str], shared: dict[str, Any]) -> int:
    """Run a command line; without a command, show what there is."""
    try:
        ended = make_group().main(args=arguments, prog_name="e2e", standalone_mode=False, obj=shared)
    except click.exceptions.NoArgsIsHelpError as error:
        print_text(f"{error.format_message()}\n")
        return 0
    if sys.stdout is not None:
        with writing_to_stdout():
            pass  # what is still to be flushed
    elif ended is not None:  # --help and --version end with a code, and click drops what they say
        raise stdout_is_closed()
    return ended if isinstance(ended, int) else 0


def _origin(error: Exception) -> str:
    """Return an error's type and place: its text might hold a secret."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return type(error).__name__ + place


def _usage_error(error: click.ClickException) -> UsageError:
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path} --help" if context is not None else None
    message = " ".join(error.format_message().split()).rstrip(".")
    return UsageError(message[:1].lower() + message[1:], hint)


def _fail(error: E2EError, arguments: list[str], shared: dict[str, Any]) -> int:
    report = shared.get("report")
    if report is None:  # the command line itself was wrong
        command = _command_of(arguments)
        descriptor = _json_descriptor(arguments)
        as_json = "--json" in arguments or descriptor is not None
        report = Report(command, as_json, descriptor, quiet=False, writes_data=command in _DATA_COMMANDS)
    try:
        report.failure(error)
    except (OSError, E2EError):  # where the document should go, nothing can be written
        report._replace(as_json=False).failure(error)
    return error.exit_code


def _command_of(arguments: list[str]) -> str:
    """Return the command, of a command line that is wrong elsewhere."""
    place = next((place for place, argument in enumerate(arguments) if argument in COMMANDS), None)
    if place is None:
        return ""
    words = [argument for argument in arguments[place + 1 :] if not argument.startswith("-")]
    command = arguments[place]
    return f"{command} {words[0]}" if command in FAMILIES and words else command


def _json_descriptor(arguments: list[str]) -> int | None:
    """Return what --json-fd says, if that is a number, of a command line that is wrong elsewhere."""
    for option, value in pairwise([*" ".join(arguments).replace("--json-fd=", "--json-fd ").split(), ""]):
        if option == "--json-fd" and value.isascii() and value.isdigit():
            return min(int(value), 2**31 - 1)
    return None


def _close_stdout() -> None:
    """Flush stdout; a reader that has gone is no reason for a message at exit."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
