"""The services around, for schemathesis: a token, no prisoners, no movements, and a register that knows every prison.

Prints its port and serves until it is killed.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def prison(prison_id):
    return {
        "prisonId": prison_id, "prisonName": f"{prison_id} (HMP)", "active": True,
        "male": True, "female": False, "contracted": False, "lthse": False,
    }  # fmt: skip


def answer(path):
    match path.split("?")[0].strip("/").split("/"):
        case ["oauth", "token"]:
            return {"access_token": "t", "token_type": "bearer", "expires_in": 3600}
        case [".well-known", "jwks.json"]:
            return {"keys": []}
        case ["prisons"]:
            return [prison("MDI")]
        case ["prisons", "id", prison_id]:
            return prison(prison_id)
        case ["api", "prison", "roll-count", _, "movement-count"]:
            return {"inOutMovementsToday": {"in": 2, "out": 1}, "enRouteToday": 1}
        case ["api", "movements", *_]:
            return []
        case _:
            return {"content": []}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps(answer(self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
