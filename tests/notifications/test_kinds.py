import pytest

from notifications import kinds
from notifications.kinds import Group


@pytest.fixture(autouse=True)
def no_kinds(monkeypatch):
    monkeypatch.setattr(kinds, "_kinds", {})


def test_a_kind_that_nobody_registered_cannot_be_switched_off():
    assert (kinds.find("other").required, kinds.is_known("other"), kinds.group_of("other")) == (True, False, None)


def test_kinds_of_one_group_are_switched_together_and_required_if_one_of_them_is():
    kinds.register("due", "Sắp đến hạn")
    kinds.register("day", "Tổng hợp ngày", group="digest")
    kinds.register("week", "Tổng hợp tuần", group="digest")
    kinds.register("opened", "Có việc mới", required=True)

    assert kinds.groups() == [
        Group("opened", "Có việc mới", required=True),
        Group("due", "Sắp đến hạn", required=False),
        Group("digest", "Tổng hợp ngày, Tổng hợp tuần", required=False),
    ]
    assert kinds.group_of("digest").label == "Tổng hợp ngày, Tổng hợp tuần"


def test_there_is_a_digest_only_when_a_kind_is_one():
    kinds.register("due", "Sắp đến hạn")
    assert not kinds.has_digest()

    kinds.register("day", "Tổng hợp ngày", is_digest=True)
    assert kinds.has_digest()
