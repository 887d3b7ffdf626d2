"""Runs a template; the only place that loads Jinja.

Templates are the project's, so they are sandboxed and bounded, and every fault in one is told with its file and line.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from doctool.errors import ConfigError, DoctoolError
from doctool.render.limits import bounded
from doctool.render.sources import Source
from doctool.terms.nearest import suggest


def run_template(
    sources: Mapping[str, Source], context: Mapping[str, object], filters: Mapping[str, Callable[..., object]]
) -> str:
    """Render the first of the sources; the others are there to be included.

    Args:
        sources: Templates by name, as `collect_sources` found them.
        context: Names the template may use.
        filters: Filters the template may use, besides Jinja's own.

    Raises:
        ConfigError: If a template is not valid, uses a name that does not exist, prints a bare number, or takes more
            than a template may.
    """
    import jinja2  # noqa: PLC0415 – its import costs more than a whole `doctool check`

    from doctool.render.sandbox import make_environment  # noqa: PLC0415

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        source = sources.get(name)
        return (source.text, source.file, lambda: True) if source else None

    environment = make_environment(jinja2.FunctionLoader(load))
    environment.filters.update(filters)
    name = next(iter(sources))
    try:
        with bounded():
            return "".join(map(environment.allowance.take_text, environment.get_template(name).generate(context)))
    except RecursionError as problem:
        raise ConfigError("templates include or call each other too deeply", file=sources[name].file) from problem
    except jinja2.TemplateSyntaxError as problem:
        message = _explain(problem.message or "not valid", environment.filter_names)
        # Of what its lexer refuses, Jinja gives the file as the name.
        raise ConfigError(message, file=problem.filename or problem.name, line=problem.lineno) from problem
    except DoctoolError as problem:
        if problem.file is None:
            problem.file, problem.line = _place(problem, sources)
        raise
    except Exception as problem:  # a template can raise anything that Python can
        file, line = _place(problem, sources)
        raise ConfigError(_explain(str(problem), tuple(context)), file=file, line=line) from problem


def _place(problem: BaseException, sources: Mapping[str, Source]) -> tuple[str | None, int | None]:
    """Return the innermost template file and line that the exception came through."""
    files = {source.file for source in sources.values()}
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if frame.filename in files]
    return (frames[-1].filename, frames[-1].lineno) if frames else (next(iter(sources.values())).file, None)


def _explain(message: str, known: tuple[Any, ...]) -> str:
    """Add the nearest known name to a message about an unknown one."""
    found = re.search(r"^'(\w+)' is undefined|No filter named '(\w+)'", message)
    name = (found[1] or found[2]) if found else None
    if name is None:
        return message
    return f"{message.rstrip('.')}; {suggest(name, sorted(known))}"
