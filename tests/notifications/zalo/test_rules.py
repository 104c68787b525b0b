"""What Zalo's answers mean, phone numbers, parameters and signatures: no server, no database."""

import hashlib
import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from notifications import rules
from notifications.zalo import signatures
from notifications.zalo.errors import MEANINGS, Meaning, meaning_of
from notifications.zalo.parameters import UnfitParameters, filled, parameters_of
from notifications.zalo.phones import normalised

PROVINCE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("code", "text", "meaning"),
    [
        (-124, "", Meaning.REFRESH),
        (-216, "Access token is invalid", Meaning.REFRESH),
        (-220, "", Meaning.REFRESH),
        (-32, "Request rate limit exceeded", Meaning.LATER),
        (-32, "Params is invalid", Meaning.HUMAN),
        (-100, "Unknown error", Meaning.LATER),
        (-100, "access_token sai", Meaning.REFRESH),
        (-211, "", Meaning.LATER),
        (-144, "Daily quota exceeded", Meaning.MORNING),
        (-147, "", Meaning.MORNING),
        (-133, "", Meaning.MORNING),
        (-234, "", Meaning.MORNING),
        (-105, "", Meaning.HUMAN),
        (-1351, "", Meaning.HUMAN),
        (-146, "", Meaning.HUMAN),
        (-118, "", Meaning.GIVE_UP),
        (-230, "", Meaning.GIVE_UP),
        (-223, "User is not valid", Meaning.GIVE_UP),
        (-223, "OA quota exceeded", Meaning.MORNING),
        (-99999, "Something new", Meaning.LATER),
    ],
)
def test_each_error_has_one_meaning(code, text, meaning):
    assert meaning_of(code, text) is meaning


def test_no_code_stands_in_the_table_twice():
    from notifications.zalo.errors import _TABLE

    assert len(MEANINGS) == sum(len(codes) for codes in _TABLE.values())


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("0912345678", "84912345678"),
        ("+84 912 345 678", "84912345678"),
        ("84912345678", "84912345678"),
        ("0912.345.678", "84912345678"),
        ("(0912) 345-678", "84912345678"),
        ("0220 3852 123", ""),  # a desk in Hải Dương
        ("0123456789", ""),  # eleven-digit prefixes ended in 2018
        ("113", ""),
        ("", ""),
        ("không có", ""),
    ],
)
def test_a_mobile_number_is_written_as_zalo_wants_it(written, sent):
    assert normalised(written) == sent


class TestParameters:
    def listed(self, **more):
        return parameters_of([{"name": "unit", "require": True, "type": "STRING", "maxLength": 5, **more}])

    def test_only_what_the_template_asks_for_is_sent(self):
        assert filled(self.listed(), {"unit": " Sở Y ", "other": "x"}) == {"unit": "Sở Y"}

    def test_length_is_counted_in_composed_letters(self):
        decomposed = unicodedata.normalize("NFD", "Huyện")

        assert len(decomposed) > 5
        assert filled(self.listed(), {"unit": decomposed}) == {"unit": "Huyện"}

    @pytest.mark.parametrize(
        ("more", "fields", "reason"),
        [
            ({}, {}, "thiếu “unit”"),
            ({}, {"unit": "  "}, "thiếu “unit”"),
            ({}, {"unit": "123456"}, "“unit” dài 6 ký tự, mẫu nhận nhiều nhất 5"),
            ({"minLength": 3}, {"unit": "ab"}, "“unit” dài 2 ký tự, mẫu cần ít nhất 3"),
            ({}, {"unit": "a\nb"}, "“unit” có xuống dòng"),
            ({"name": "đơn-vị"}, {"đơn-vị": "a"}, "tên tham số “đơn-vị” có dấu, khoảng trắng hoặc gạch nối"),
        ],
    )
    def test_what_does_not_fit_is_refused_before_it_is_sent(self, more, fields, reason):
        with pytest.raises(UnfitParameters) as refusal:
            filled(self.listed(**more), fields)

        assert str(refusal.value) == f"Thư không khớp mẫu tin Zalo: {reason}."

    def test_every_reason_is_named_at_once(self):
        with pytest.raises(UnfitParameters, match="thiếu “a”; thiếu “b”"):
            filled(parameters_of([{"name": "a"}, {"name": "b"}]), {})

    def test_an_optional_parameter_may_be_empty(self):
        assert filled(self.listed(require=False), {}) == {"unit": ""}

    def test_a_type_without_a_length_has_the_longest_of_its_type(self):
        (parameter,) = parameters_of([{"name": "who", "type": "NAME"}])

        assert parameter.longest == 30


class TestSignatures:
    BODY = '{"event_name":"follow","timestamp":"1704690000000","text":"Xin chào"}'.encode()
    TEXTS = {"app_id": "A1", "oa_id": "O1", "timestamp": "1704690000000", "app_secret": "AS", "oa_secret": "OS"}
    FORMULAS = ("app_id+body+timestamp+app_secret", "app_id+body+timestamp+oa_secret")

    def mac(self, *parts: bytes) -> str:
        return "mac=" + hashlib.sha256(b"".join(parts)).hexdigest()

    def check(self, header, *, body=BODY, formulas=FORMULAS, **texts):
        signatures.check(header=header, body=body, formulas=formulas, texts=self.TEXTS | texts)

    @pytest.mark.parametrize(
        ("formula", "first", "secret"),
        [
            ("app_id+body+timestamp+app_secret", b"A1", b"AS"),
            ("app_id+body+timestamp+oa_secret", b"A1", b"OS"),
            ("oa_id+body+timestamp+app_secret", b"O1", b"AS"),
            ("oa_id+body+timestamp+oa_secret", b"O1", b"OS"),
        ],
    )
    def test_each_formula_fits_its_own_signature_and_no_other(self, formula, first, secret):
        header = self.mac(first, self.BODY, b"1704690000000", secret)

        self.check(header, formulas=[formula])
        self.check(header.upper().replace("MAC=", "mac="), formulas=[formula])
        for other in {"app_id+body+timestamp+app_secret", "oa_id+body+timestamp+oa_secret"} - {formula}:
            with pytest.raises(signatures.NotGenuine, match="không khớp"):
                self.check(header, formulas=[other])

    def test_the_moment_may_come_in_a_header(self):
        header = self.mac(b"A1", self.BODY, b"77", b"AS")

        self.check(header, formulas=["app_id+body+header_timestamp+app_secret"], header_timestamp="77")

    @pytest.mark.parametrize("header", ["", "mac=", "mac=00", "mac=ÿ", "nothing"])
    def test_nothing_unsigned_passes(self, header):
        with pytest.raises(signatures.NotGenuine):
            self.check(header)

    def test_one_changed_byte_is_noticed(self):
        header = self.mac(b"A1", self.BODY, b"1704690000000", b"AS")

        with pytest.raises(signatures.NotGenuine):
            self.check(header, body=self.BODY.replace(b"follow", b"folloW"))

    def test_without_a_secret_nothing_passes_not_even_what_is_signed_with_the_empty_one(self):
        header = self.mac(b"A1", self.BODY, b"1704690000000", b"")

        with pytest.raises(signatures.NotGenuine, match="chưa khai báo khóa bí mật"):
            self.check(header, app_secret="", oa_secret="")

    @pytest.mark.parametrize("formula", ["body+app_secret+mật", "app_id+timestamp+app_secret", "app_id+body+timestamp"])
    def test_a_formula_without_body_or_secret_is_no_signature(self, formula):
        with pytest.raises(signatures.UnusableFormula):
            self.check("mac=00", formulas=[formula])

    @pytest.mark.parametrize(
        ("body", "stamp"),
        [
            (b'{"timestamp": "1704690000000"}', "1704690000000"),
            (b'{"timestamp": 1704690000000}', "1704690000000"),
            (b'{"timestamp": 1.7e12}', ""),
            (b'{"timestamp": "yesterday"}', ""),
            (b'{"timestamp": null}', ""),
            (b"[]", ""),
            (b"\xff", ""),
        ],
    )
    def test_the_moment_of_the_body_is_read_as_it_stands_there(self, body, stamp):
        assert signatures.timestamp_in(body) == stamp


@pytest.mark.parametrize(
    ("local", "is_night"),
    [((6, 59), True), ((7, 0), False), ((19, 59), False), ((20, 0), True), ((0, 0), True), ((23, 59), True)],
)
def test_the_night_is_from_eight_to_seven(local, is_night):
    assert rules.is_night(datetime(2024, 1, 8, *local, tzinfo=PROVINCE)) is is_night


@pytest.mark.parametrize(("hour", "day"), [(3, 8), (6, 8), (12, 9), (23, 9)])
def test_the_next_morning_begins_when_the_quiet_hours_end(hour, day):
    found = rules.next_morning(datetime(2024, 1, 8, hour, 30, tzinfo=PROVINCE), message_id=7)

    start = datetime(2024, 1, day, 7, tzinfo=PROVINCE)
    assert 0 <= (found - start).total_seconds() < 1800
    assert found == rules.next_morning(datetime(2024, 1, 8, hour, 45, tzinfo=PROVINCE), message_id=7)


def test_messages_held_back_together_do_not_come_back_together():
    night = datetime(2024, 1, 8, 23, tzinfo=UTC)

    assert len({rules.next_morning(night, message_id=number) for number in range(50)}) > 40
