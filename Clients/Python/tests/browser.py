"""A headless Chromium, driven by its DevTools protocol over two pipes: no library, no port, no sleeping.

1. The browser reads commands from its descriptor 3 and writes replies and events to 4, each a JSON text that ends with NUL.
2. `Page.call` waits for the reply of its command; events that come meanwhile are kept.
3. Every page keeps what it must not do: messages to the console, exceptions, requests. `Page.check` holds them to nothing.

*Source:* --remote-debugging-pipe of Chromium; the DevTools Protocol 1.3.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# A reply, an event or a page that takes longer is a failure.
PATIENCE_S = 30.0
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def program() -> str | None:
    """The browser, if one is installed."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def high_pipe() -> tuple[int, int]:
    """A pipe whose descriptors are not among those that are given to the browser."""
    ends = []
    for low in os.pipe():
        ends.append(fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(low)
    return ends[0], ends[1]


class Browser:
    """One browser process, ended with the `with` block."""

    def __init__(self) -> None:
        found = program()
        assert found is not None, "there is no Chromium"
        self.home = tempfile.mkdtemp(prefix="qklens-browser-")
        options = [
            "--headless", "--remote-debugging-pipe", f"--user-data-dir={self.home}", "--no-first-run", "--disable-gpu",
            "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--hide-scrollbars",
            "--force-color-profile=srgb", "--font-render-hinting=none",
        ]
        if os.geteuid() == 0:
            # As root Chromium has no sandbox of its own.
            options.append("--no-sandbox")
        (commands_read, self.commands), (self.replies, replies_write) = high_pipe(), high_pipe()
        silence = os.open(os.devnull, os.O_RDWR)
        places = [(silence, 0), (silence, 1), (silence, 2), (commands_read, 3), (replies_write, 4)]
        self.process = os.posix_spawn(
            found, [found, *options, "about:blank"], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, *place) for place in places], setsid=True)
        for descriptor in (commands_read, replies_write, silence):
            os.close(descriptor)
        self.received, self.sent = b"", 0
        self.events: list[dict[str, Any]] = []

    def page(self, width: int = 1400, height: int = 900, dark: bool = False) -> Page:
        """A page of its own, empty."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        return Page(self, session, width, height, dark)

    def call(self, method: str, params: Mapping[str, Any] | None = None, session: str | None = None) -> dict[str, Any]:
        """Sends a command and waits for its reply."""
        self.sent += 1
        number = self.sent
        message = {"id": number, "method": method, "params": params or {}} | ({} if session is None else {"sessionId": session})
        self._write(message)
        while True:
            reply = self.read()
            if reply.get("id") == number:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                result: dict[str, Any] = reply["result"]
                return result
            self.events.append(reply)

    def _write(self, message: Mapping[str, Any]) -> None:
        rest = memoryview(json.dumps(message).encode() + b"\0")
        while rest:
            rest = rest[os.write(self.commands, rest) :]

    def read(self) -> dict[str, Any]:
        """The next reply or event."""
        end = time.monotonic() + PATIENCE_S
        while b"\0" not in self.received:
            ready, _, _ = select.select([self.replies], [], [], max(0.0, end - time.monotonic()))
            part = os.read(self.replies, 1 << 20) if ready else b""
            if not part:
                raise TimeoutError("the browser says nothing" if not ready else "the browser has gone")
            self.received += part
        line, _, self.received = self.received.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.call("Browser.close")
        except (OSError, TimeoutError):
            os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.commands)
        os.close(self.replies)
        shutil.rmtree(self.home, ignore_errors=True)


class Page:
    """A page of the browser, and what it has done that it must not."""

    def __init__(self, browser: Browser, session: str, width: int, height: int, dark: bool) -> None:
        self.browser, self.session = browser, session
        self.requests: list[str] = []
        self.complaints: list[str] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", {"features": [scheme]})

    def call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A command to this page."""
        result = self.browser.call(method, params, self.session)
        self._sort()
        return result

    def _sort(self) -> None:
        """Goes through the events of this page that have come meanwhile."""
        for event in [each for each in self.browser.events if each.get("sessionId") == self.session]:
            if event.get("method") == "Target.attachedToTarget":
                continue
            self.browser.events.remove(event)
            method, params = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"][:200])
            elif method == "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                self.complaints.append(str(details.get("exception", {}).get("description", details.get("text"))))
            elif method == "Runtime.consoleAPICalled":
                self.complaints.append(f"console.{params['type']}: {[each.get('value') for each in params['args']]}")
            elif method == "Log.entryAdded":
                self.complaints.append(f"{params['entry']['source']}: {params['entry']['text']}")
            elif method == "Page.loadEventFired":
                self.is_loaded = True

    def frame(self) -> Page:
        """The page in this page's frame, which Chromium keeps in a process of its own."""
        while True:
            for event in self.browser.events:
                if event.get("method") == "Target.attachedToTarget" and event["params"]["targetInfo"]["type"] == "iframe":
                    inner = Page.__new__(Page)
                    inner.browser, inner.session, inner.requests, inner.complaints = self.browser, event["params"]["sessionId"], [], []
                    return inner
            self.browser.events.append(self.browser.read())

    def open(self, path: Path, fragment: str = "") -> None:
        """Opens a file and waits until it is loaded."""
        self.is_loaded = False
        self.address = path.resolve().as_uri() + fragment
        self.call("Page.navigate", {"url": self.address})
        while not self.is_loaded:
            self.browser.events.append(self.browser.read())
            self._sort()

    def evaluate(self, expression: str) -> Any:
        """The value of an expression; a promise is waited for."""
        reply = self.call("Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in reply:
            raise RuntimeError(reply["exceptionDetails"].get("exception", {}).get("description", expression))
        return reply["result"].get("value")

    def text(self, selector: str) -> str:
        """The text of the first element of a selector."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))

    def count(self, selector: str) -> int:
        """How many elements there are."""
        return int(self.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length"))

    def place(self, selector: str, x: float = 0.5, y: float = 0.5, nth: int = 0) -> tuple[float, float]:
        """Where in the window an element is, scrolled into it; x and y are shares of its width and height."""
        left, top, width, height = self.evaluate(
            f"(() => {{ const e = document.querySelectorAll({json.dumps(selector)})[{nth}]; e.scrollIntoView({{block: 'nearest'}}); "
            "const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; })()")
        return left + x * width, top + y * height

    def hover(self, selector: str, x: float = 0.5, y: float = 0.5, nth: int = 0) -> None:
        """Moves the pointer there."""
        left, top = self.place(selector, x, y, nth)
        self.call("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": left, "y": top})

    def click(self, selector: str, x: float = 0.5, y: float = 0.5, nth: int = 0) -> None:
        """Presses and releases the button there."""
        left, top = self.place(selector, x, y, nth)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", {"type": kind, "x": left, "y": top, "button": "left" if kind != "mouseMoved" else "none", "clickCount": 1})

    def key(self, key: str) -> None:
        """Presses and releases a key, by its name or character."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, **text})
        self.call("Input.dispatchKeyEvent", {"type": "keyUp", "key": key})

    def changes(self, expression: str, act: Callable[[], None]) -> tuple[Any, Any]:
        """The value of an expression before and after something is done."""
        before = self.evaluate(expression)
        act()
        return before, self.evaluate(expression)

    def screenshot(self, path: Path, whole: bool = False) -> None:
        """What can be seen, as a PNG."""
        data = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})["data"]
        path.write_bytes(base64.b64decode(data))

    def check(self) -> None:
        """Nothing in the console, no exception, no request but for the file itself."""
        self.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert self.complaints == []
        own = self.address.partition("#")[0]
        assert [request for request in self.requests if request.partition("#")[0] != own and not request.startswith("data:")] == []
