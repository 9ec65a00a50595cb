"""The fault-injecting proxy: what a client behind it meets, over real sockets."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lab.faults import Answer, Cut, Delay, Fault, FaultProxy, Hang, Late, Rule, Swallow, Trap, conflict, overloaded

Ask = Callable[..., tuple[int, bytes]]


class Backend(ThreadingHTTPServer):
    """Answers every request with what it was, and remembers it."""

    daemon_threads = True

    def __init__(self) -> None:
        self.carried_out: list[str] = []
        super().__init__(("127.0.0.1", 0), BackendHandler)


class BackendHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Backend

    def do_GET(self) -> None:
        self.server.carried_out.append(f"{self.command} {self.path}")
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in (b"one ", b"two"):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def do_PATCH(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.carried_out.append(f"{self.command} {self.path} {body.decode()}")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def backend() -> Iterator[Backend]:
    server = Backend()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(backend: Backend) -> Iterator[FaultProxy]:
    with FaultProxy(f"http://127.0.0.1:{backend.server_address[1]}") as made:
        yield made


@pytest.fixture
def ask(proxy: FaultProxy) -> Ask:
    def one(method: str = "GET", path: str = "/a", body: bytes | None = None, timeout: float = 20) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=timeout)
        try:
            connection.request(method, path, body, {"User-Agent": "pulumi-canary"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    return one


def test_what_meets_no_rule_passes_unchanged(ask: Ask, backend: Backend) -> None:
    assert ask() == (200, b"one two")
    assert ask("PATCH", "/b?x=1", b"{}") == (200, b"{}")
    assert backend.carried_out == ["GET /a", "PATCH /b?x=1 {}"]


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [(Cut(), []), (Swallow(), ["GET /a"]), (Trap(lambda: None), [])],
    ids=["cut", "swallow", "trap"],
)
def test_a_reset_in_place_of_the_answer(
    ask: Ask, proxy: FaultProxy, backend: Backend, fault: Fault, carried_out: list[str]
) -> None:
    with proxy.rules.during(Rule(fault)), pytest.raises(ConnectionResetError):
        ask()
    assert backend.carried_out == carried_out
    assert ask() == (200, b"one two")


def test_an_answer_in_place_of_the_servers(ask: Ask, proxy: FaultProxy, backend: Backend) -> None:
    with proxy.rules.during(Rule(overloaded(503))):
        status, body = ask()
    assert (status, b"injected" in body, backend.carried_out) == (503, True, [])


def test_only_the_requests_a_rule_describes_meet_it(ask: Ask, proxy: FaultProxy) -> None:
    with proxy.rules.during(Rule(conflict(), method="PATCH", path="/trafficsplits/", after=1, times=2)) as rule:
        answers = [ask("PATCH", "/x/trafficsplits/y", b"{}")[0] for _ in range(4)]
        assert ask("GET", "/x/trafficsplits/y")[0] == 200
        assert ask("PATCH", "/x/deployments/y", b"{}")[0] == 200
    assert answers == [200, 409, 409, 200]
    assert rule.met == 2


def test_a_newer_rule_comes_first(ask: Ask, proxy: FaultProxy) -> None:
    with proxy.rules.during(Rule(Answer(500))), proxy.rules.during(Rule(Answer(418), times=1)):
        assert [ask()[0], ask()[0]] == [418, 500]


def test_a_delay_lets_the_request_through_later(ask: Ask, proxy: FaultProxy) -> None:
    began = time.monotonic()
    with proxy.rules.during(Rule(Delay(0.05))):
        assert ask() == (200, b"one two")
    assert time.monotonic() - began >= 0.05


def test_a_hanging_request_is_cut_when_the_rule_goes(ask: Ask, proxy: FaultProxy, backend: Backend) -> None:
    rule = proxy.rules.add(Rule(Hang()))
    threading.Timer(0.05, proxy.rules.drop, (rule,)).start()
    with pytest.raises(ConnectionResetError):
        ask()
    assert backend.carried_out == []


def test_a_late_request_is_carried_out_though_its_client_has_gone(
    ask: Ask, proxy: FaultProxy, backend: Backend
) -> None:
    now = threading.Event()
    with proxy.rules.during(Rule(Late(now))), pytest.raises(TimeoutError):
        ask("PATCH", "/b", b"{}", timeout=0.1)
    assert backend.carried_out == []
    now.set()
    deadline = time.monotonic() + 20
    while not backend.carried_out and time.monotonic() < deadline:
        time.sleep(0.01)
    assert backend.carried_out == ["PATCH /b {}"]


def test_nothing_gets_through_a_blackout_and_all_does_afterwards(ask: Ask, proxy: FaultProxy, backend: Backend) -> None:
    with proxy.rules.blackout(), pytest.raises(TimeoutError):
        ask(timeout=0.1)
    assert backend.carried_out == []
    assert ask() == (200, b"one two")


def test_a_trap_acts_after_the_request_was_carried_out(ask: Ask, proxy: FaultProxy, backend: Backend) -> None:
    found: list[list[str]] = []
    trap = Trap(lambda: found.append(list(backend.carried_out)), forwarded=True)
    with proxy.rules.during(Rule(trap)), pytest.raises(ConnectionResetError):
        ask("PATCH", "/b", b"{}")
    assert found == [["PATCH /b {}"]]


def test_writes_are_told_from_reads_and_from_calls_through_the_service_proxy(ask: Ask, proxy: FaultProxy) -> None:
    ask()
    ask("PATCH", "/api/v1/x?fieldManager=y", b"{}")
    ask("PATCH", "/api/v1/namespaces/prod/services/http:tester:80/proxy/", b"{}")
    assert [write.place for write in proxy.rules.writes()] == ["PATCH /api/v1/x"]
