"""More bytes than Content-Length."""

TEXT = [("Content-Type", "text/plain")]


def app(environ, start_response):
    headers = TEXT + [("Content-Length", "5")]
    start_response("200 OK", headers)
    return ["¡Hola!".encode()]


def fixed(environ, start_response):
    body = "¡Hola!".encode()
    headers = TEXT + [("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
