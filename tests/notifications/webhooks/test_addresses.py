"""Which addresses are reached: nothing of our own network, whatever name, number or redirect leads there."""

import socket
import time

import pytest

from notifications.rules import NotAllowed
from notifications.webhooks import addresses, sending
from notifications.webhooks.addresses import Forbidden, check_url, is_public, reachable
from notifications.webhooks.sending import NotReached, send
from tests.conftest import look_up

PUBLIC = ["93.184.215.14", "8.8.8.8", "103.28.36.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2404:6800:4003::1"]
NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - an address to be refused
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",  # where clouds keep credentials
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "",
    "example.vn",
    "127.1",
]


def resolver(*answers: list[str]):
    """Return a stand-in for the resolver that gives one answer after another, and the names it was asked for."""
    asked: list[str] = []

    def resolve(host, port, *_args, **_options):
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    return resolve, asked


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_may_be_reached(address):
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_of_the_open_internet_is_not_reached(address, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", resolver([address])[0])

    assert not is_public(address)
    with pytest.raises(Forbidden, match="mạng nội bộ"):
        reachable("he-thong.example.vn", 443)


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", resolver(["93.184.215.14", "10.0.0.1"])[0])

    with pytest.raises(Forbidden):
        reachable("he-thong.example.vn", 443)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::1]", "[::ffff:7f00:1]"])
def test_a_disguised_loopback_address_is_not_reached(host, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", look_up)  # the real one: numbers need no network

    with pytest.raises(NotReached):
        send(url=f"https://{host}/", body="{}", headers={})


def test_a_name_that_nobody_knows_is_said_so(monkeypatch):
    def unknown(*_args, **_options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(NotReached, match="Không tìm thấy máy “he-thong.example.vn”"):
        send(url="https://he-thong.example.vn/", body="{}", headers={})


def test_the_connection_goes_to_the_address_that_was_checked_though_the_name_answers_differently_next(monkeypatch):
    resolve, asked = resolver(["93.184.215.14"], ["127.0.0.1"])
    connected = []

    def connect(address, *_args, **_options):
        connected.append(address)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)

    with pytest.raises(NotReached, match="Không kết nối được"):
        send(url="https://he-thong.example.vn/su-kien", body="{}", headers={})

    assert connected == [("93.184.215.14", 443)]
    assert asked == ["he-thong.example.vn"]


def test_an_inner_address_gets_no_connection(monkeypatch):
    connected = []
    monkeypatch.setattr(socket, "getaddrinfo", resolver(["169.254.169.254"])[0])
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_options: connected.append(args))

    with pytest.raises(NotReached, match="PAR_WEBHOOK_HOSTS"):
        send(url="https://he-thong.example.vn/", body="{}", headers={})

    assert connected == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://he-thong.example.vn/", "https://"),
        ("ftp://he-thong.example.vn/", "bắt đầu bằng https://"),
        ("javascript:alert(1)", "bắt đầu bằng https://"),
        ("https://", "có tên máy"),
        ("he-thong.example.vn", "bắt đầu bằng https://"),
        ("https://ten:matkhau@he-thong.example.vn/", "tên và mật khẩu"),
        ("https://he-thong.example.vn@127.0.0.1/", "tên và mật khẩu"),
        ("https://he-thong.example.vn/#x", "dấu #"),
        ("https://he-thong.example.vn/a b", "ký tự không dùng được"),
        ("https://hệ-thống.vn/", "ký tự không dùng được"),
        ("https://he-thong.example.vn\\@127.0.0.1/", "ký tự không dùng được"),
        ("https://he-thong.example.vn:0/", "Cổng"),
        ("https://he-thong.example.vn:99999/", "không đọc được"),
        ("https://[::1/", "không đọc được"),
        ("https://127.0.0.1/", "mạng nội bộ"),
        ("https://[::ffff:10.0.0.1]/", "mạng nội bộ"),
        ("https://169.254.169.254/latest/meta-data/", "mạng nội bộ"),
    ],
)
def test_an_unusable_address_is_refused_in_a_sentence(url, sentence):
    with pytest.raises(NotAllowed, match=sentence):
        check_url(url)


@pytest.mark.parametrize("url", ["https://he-thong.example.vn/su-kien?x=1", "https://93.184.215.14:8443/"])
def test_a_public_https_address_is_taken(url):
    assert check_url(url).scheme == "https"


def test_a_host_that_the_settings_name_may_be_private_and_without_https(settings):
    settings.WEBHOOK_HOSTS = ["127.0.0.1", "Noi-bo.haiduong.example"]

    assert check_url("http://127.0.0.1:8765/").port == 8765
    assert check_url("http://noi-bo.haiduong.example/").hostname == "noi-bo.haiduong.example"
    with pytest.raises(NotAllowed):
        check_url("http://127.0.0.2/")


def test_a_redirect_is_not_followed(receiver):
    receiver.script = [(302, {"location": receiver.url.replace("su-kien", "noi-khac")}, b"")]

    answer = send(url=receiver.url, body="{}", headers={"webhook-id": "evt_1"})

    assert (answer.status, answer.is_ok) == (302, False)
    assert [path for path, _, _ in receiver.arrived] == ["/su-kien"]


def test_an_answer_that_drips_is_not_waited_for(receiver, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    receiver.drips = True
    started = time.monotonic()

    with pytest.raises(NotReached, match="không trả lời trong"):
        send(url=receiver.url, body="{}", headers={"webhook-id": "evt_1"})

    assert time.monotonic() - started < 5  # it would drip for ten


def test_of_a_huge_answer_only_the_beginning_is_read(receiver):
    receiver.script = [(200, {}, b"\x00\x1b" + b"dai " * 5_000_000)]

    answer = send(url=receiver.url, body="{}", headers={"webhook-id": "evt_1"})

    assert answer.is_ok
    assert len(answer.text) <= sending.ANSWER_KEPT
    assert answer.text.startswith("dai dai")  # no NUL, which the database cannot keep


def test_an_environment_that_names_a_proxy_changes_nothing(receiver, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    assert send(url=receiver.url, body="{}", headers={"webhook-id": "evt_1"}).is_ok
    assert addresses.is_named("127.0.0.1")
