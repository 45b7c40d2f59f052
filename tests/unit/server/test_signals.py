from __future__ import annotations

import os
import resource
import signal
import threading

from strongroom.server.signals import HANDLED, SignalInbox


def test_signals_are_received_by_waiting() -> None:
    with SignalInbox() as inbox:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGHUP)
        assert inbox.wait([], None) == {signal.SIGTERM, signal.SIGHUP}
        assert inbox.wait([], 0.0) == set()


def test_a_signal_ends_the_waiting() -> None:
    with SignalInbox() as inbox:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        assert inbox.wait([], 20.0) == {signal.SIGINT}
        timer.join()


def test_another_descriptor_ends_the_waiting() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"x")
    with SignalInbox() as inbox:
        assert inbox.wait([reading], None) == set()
    os.close(reading)
    os.close(writing)


def test_a_descriptor_may_have_any_number() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    reading, writing = os.pipe()
    high = 1024 + reading  # beyond what select() takes
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, high + 1), hard))
    os.dup2(reading, high)
    os.write(writing, b"x")
    with SignalInbox() as inbox:
        assert inbox.wait([high], None) == set()
    for descriptor in (reading, writing, high):
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_signals_are_given_back() -> None:
    before = [signal.getsignal(number) for number in HANDLED]
    with SignalInbox():
        assert [signal.getsignal(number) for number in HANDLED] != before
    assert [signal.getsignal(number) for number in HANDLED] == before


def test_a_child_leaves() -> None:
    with SignalInbox():
        child = os.fork()
        if child == 0:
            inbox = SignalInbox().__enter__()
            inbox.leave_in_child()
            wanted = [signal.SIG_DFL, signal.SIG_DFL, signal.SIG_IGN, signal.SIG_DFL]
            good = [signal.getsignal(number) for number in HANDLED] == wanted and signal.set_wakeup_fd(-1) == -1
            os._exit(0 if good else 1)
        assert os.waitpid(child, 0)[1] == 0
