"""`e2e completion SHELL`."""

import click
from click.shell_completion import get_completion_class

from e2ecli.cli.invocation import Invocation, invoked
from e2ecli.cli.main import make_group
from e2ecli.cli.results import success
from e2ecli.cli.stdout import print_text
from e2ecli.errors import UsageError


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@invoked(writes_data=True)
def command(invocation: Invocation, *, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      e2e completion bash > ~/.local/share/bash-completion/completions/e2e
      e2e completion fish > ~/.config/fish/completions/e2e.fish
    """
    completion = get_completion_class(shell)
    if completion is None:
        raise UsageError(f"there is no completion for {shell}")
    source = completion(make_group(), {}, "e2e", "_E2E_COMPLETE").source()
    # click's fish script cuts what it completes at the first comma; in bob,carol there is one.
    print_text(source.replace('string split ","', 'string split --max 1 ","') + "\n")
    success(invocation, {"shell": shell})
