"""Below /api/, also what never reaches the API speaks problem+json: unknown paths and lengths, wrong methods."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from cam2bytes.lib.problems import Problem, problem_response

PREFIX = "/api/"


class ApiProblems:
    """Turns Django's own 404 and 405 pages below /api/ into problems; `Allow` stays.

    Bodies sent in pieces of unknown number are refused: Django would read them as empty.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_ours = request.path.startswith(PREFIX)
        if is_ours and "Transfer-Encoding" in request.headers and not request.META.get("CONTENT_LENGTH"):
            return problem_response(Problem("length-required"))
        response = self.get_response(request)
        if not is_ours or response.get("Content-Type", "").startswith("application/"):
            return response
        if isinstance(response, HttpResponseNotAllowed):
            return problem_response(Problem("method-not-allowed", headers={"Allow": response["Allow"]}))
        if response.status_code == 404:
            return problem_response(Problem("not-found"))
        return response
