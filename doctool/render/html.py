"""Lays out the report: Jinja with every text escaped, from a template that doctool ships and nobody else writes."""

from __future__ import annotations

from collections.abc import Mapping

from doctool.render.sources import read_shipped

SUFFIX = ".html.j2"


def render_html(name: str, context: Mapping[str, object]) -> str:
    """Render one shipped template.

    Args:
        name: Of the template, without its suffix.
        context: What it shows; every text is escaped, but for those that are marked as drawings.
    """
    import jinja2  # noqa: PLC0415 – its import costs more than a whole `doctool check`

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(read_shipped),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(f"{name}{SUFFIX}").render(context)


def as_drawing(svg: str) -> object:
    """Mark a drawing of doctool's own, whose texts are escaped already, as what goes into the page as it is."""
    import markupsafe  # noqa: PLC0415 - comes with Jinja

    return markupsafe.Markup(svg)  # noqa: S704 - `render.svg` escapes every text in it
