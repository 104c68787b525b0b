"""A form-only address opened by hand leads to the page above it."""

import pytest
from django.urls import reverse

from tests.province import make_province

pytestmark = pytest.mark.django_db


def test_a_form_only_address_leads_to_the_page_above_it(client):
    province = make_province()
    client.force_login(province.people["officer-SXD"], backend="django.contrib.auth.backends.ModelBackend")
    case = province.case("SXD")
    answer = client.get(reverse("case_hand_in", args=[case.pk]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("case_sheet", args=[case.pk]))


def test_what_asks_for_data_still_hears_405(client):
    province = make_province()
    client.force_login(province.people["officer-SXD"], backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("case_hand_in", args=[province.case("SXD").pk])
    assert client.get(address, headers={"Accept": "application/json"}).status_code == 405
