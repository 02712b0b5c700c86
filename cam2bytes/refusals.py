"""The answers to what no view took: a page for a person, problem+json for a program."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from cam2bytes.lib.problems import Problem, problem_response


def csrf_failure(request, reason=""):
    """A form without its token. The API has its own words for it."""
    if is_for_programs(request):
        return problem_response(Problem("csrf"))
    return render(request, "403_csrf.html", status=403)


def page_not_found(request, exception=None):
    if is_for_programs(request):
        return problem_response(Problem("not-found"))
    return render(request, "404.html", status=404)


def server_error(request):
    """Called while the error is being handled. A database that is locked or away is not broken: 503, come again."""
    may_pass = isinstance(sys.exception(), (OperationalError, InterfaceError))
    problem = Problem("unavailable" if may_pass else "internal")
    if is_for_programs(request):
        return problem_response(problem)
    words = {
        "title": _("The server is busy") if may_pass else _("Something broke on the server"),
        "sentence": _("Its database cannot be written just now. Nothing that was kept is lost; go back and try again.")
        if may_pass
        else _("Nothing that was kept is lost. The server's log names the cause; try again in a moment."),
        "status": problem.status,
    }
    page = render_to_string("500.html", words)
    return HttpResponse(page, status=problem.status, headers=problem.headers)


def is_for_programs(request):
    """Whether the answer is read by a program rather than by a person."""
    return request.path.startswith("/api/") or request.path == "/upload"
