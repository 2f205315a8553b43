"""Parts are restarted, stopped together, and never outlive the supervisor."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from desk.project import ROOT, ProjectError, alone
from desk.supervisor import Part, Supervisor, check_ports, is_port_free
from tests.stack import free_ports

SERVER = """
import http.server, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def part(tmp_path: Path, name: str = "desk", code: str = SERVER) -> Part:
    """Return a part that is a small web server."""
    (port,) = free_ports(1)
    command = [sys.executable, "-c", code, str(port)]
    return Part(name, command, port, "/", tmp_path / "logs" / f"{name}.log", ROOT)


def is_alive(pid: int) -> bool:
    """Say whether a process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def until(condition, within_s: float = 15.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.02)


async def test_a_part_that_dies_is_restarted_and_reported(tmp_path):
    said = []
    supervisor = Supervisor(said.append)
    one = part(tmp_path)
    await supervisor.start(one)
    keeper = asyncio.create_task(supervisor.keep(one))
    first = supervisor.pids()["desk"]
    os.kill(first, signal.SIGKILL)
    await until(lambda: any("healthy again" in line for line in said))
    second = supervisor.pids()["desk"]
    supervisor.stop.set()
    await supervisor.stop_all(["desk"])
    await keeper
    assert second != first
    assert "desk ended (killed by SIGKILL): starting it again in 0.5 s" in said[0]
    assert not is_alive(second)
    assert is_port_free("127.0.0.1", one.port)


async def test_a_part_that_ends_at_start_is_named_with_its_last_words(tmp_path):
    supervisor = Supervisor(lambda _: None)
    broken = part(tmp_path, "bot", "raise RuntimeError('no model here')")
    with pytest.raises(ProjectError, match=r"bot ended at start.*no model here.*bot\.log"):
        await supervisor.start(broken)
    await supervisor.stop_all(["bot"])


async def test_another_server_on_the_port_does_not_pass_for_ours(tmp_path):
    one = part(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", one.port))
        other.listen()
        with pytest.raises(
            ProjectError, match=rf"Port {one.port} \(desk\) is in use.*ZHANGGUI_PORT"
        ):
            await Supervisor(lambda _: None).start(one)


def test_all_ports_in_use_are_named_at_once():
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        ports = {"desk": first.getsockname(), "bot": second.getsockname()}
        with pytest.raises(ProjectError) as caught:
            check_ports(ports)
    assert all(f"{port} ({name})" in str(caught.value) for name, (_, port) in ports.items())


def test_a_lock_is_held_by_one_only(tmp_path):
    with alone(tmp_path / "run.lock", waits=False) as first:
        with alone(tmp_path / "run.lock", waits=False) as second:
            assert (first, second) == (True, False)
    with alone(tmp_path / "run.lock", waits=False) as third:
        assert third


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux only")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_part_outlives_the_supervisor(tmp_path, how):
    (port,) = free_ports(1)
    code = textwrap.dedent(f"""
        import asyncio, signal, sys
        from pathlib import Path
        from desk.supervisor import Part, Supervisor
        async def main():
            supervisor = Supervisor(print)
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, supervisor.stop.set)
            part = Part("desk", [sys.executable, "-c", {SERVER!r}, "{port}"], {port}, "/",
                        Path({str(tmp_path)!r}) / "desk.log", Path("."))
            await supervisor.start(part)
            print(supervisor.pids()["desk"], flush=True)
            await supervisor.stop.wait()
            await supervisor.stop_all(["desk"])
        asyncio.run(main())
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.send_signal(how)
    process.wait(15)
    process.stdout.close()
    ends_at = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < ends_at:
        time.sleep(0.02)
    assert not is_alive(pid)
