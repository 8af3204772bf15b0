"""The few pieces that portal forms are laid out with: a question that is the page's heading, answers, and what may stay shut."""

from __future__ import annotations

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout, LayoutObject
from django.template.loader import render_to_string
from django.utils.safestring import SafeString


class Question(Field):  # type: ignore[misc]  # crispy_forms is untyped
    """The page's one question: its label is the heading."""

    template = "portal/form/question.html"


class Answer(Field):  # type: ignore[misc]  # crispy_forms is untyped
    """A field with its label above, its hint, and its error in the same words as the summary."""

    template = "portal/form/answer.html"


class More(LayoutObject):  # type: ignore[misc]  # crispy_forms is untyped
    """Answers behind a line that opens them; already open when one of them holds something or is wrong."""

    def __init__(self, summary: str, *fields: Answer) -> None:
        self.summary = summary
        self.fields = list(fields)

    def render(self, form: Any, context: Any, template_pack: str = "bootstrap5", **kwargs: Any) -> SafeString:
        """The details element with its fields, as HTML."""
        names = [pointer.name for pointer in self.get_field_names()]
        is_open = any(form[name].errors or form[name].value() for name in names)
        fields = self.get_rendered_fields(form, context, template_pack, **kwargs)
        return render_to_string(
            "portal/form/more.html", {"summary": self.summary, "is_open": is_open, "fields": fields}
        )


def form_helper(*pieces: LayoutObject, button: str, action: str = "") -> FormHelper:
    """A form with one main button, checked by us and not by the browser: its messages would not be ours."""
    helper = FormHelper()
    helper.attrs = {"novalidate": ""}
    helper.form_action = action
    helper.form_class = "question-form"
    helper.form_show_errors = False
    submit = f'<button class="btn btn-primary" type="submit">{button}</button>'
    helper.layout = Layout(*pieces, Div(HTML(submit), css_class="actions"))
    return helper
