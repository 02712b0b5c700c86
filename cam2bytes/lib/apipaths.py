"""Below /api/, also what never reaches the API speaks problem+json: unknown paths, wrong methods."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from cam2bytes.lib.problems import Problem, problem_response

PREFIX = "/api/"


class ApiProblems:
    """Turns Django's own 404 and 405 pages below /api/ into problems; `Allow` stays."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(PREFIX) or response.get("Content-Type", "").startswith("application/"):
            return response
        if isinstance(response, HttpResponseNotAllowed):
            return problem_response(Problem("method-not-allowed", headers={"Allow": response["Allow"]}))
        if response.status_code == 404:
            return problem_response(Problem("not-found"))
        return response
