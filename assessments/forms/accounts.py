"""Forms of the account pages; the operations decide, the forms only read."""

import re
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm

from assessments.enums import Role
from assessments.models import Official, Unit
from assessments.vietnamese import normalise

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,79}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9][0-9 .]{7,18}", re.ASCII)


class UnitChoice(forms.ModelChoiceField):
    """A unit, shown with its code because names occur twice."""

    def label_from_instance(self, unit: Unit) -> str:
        """Show name and code."""
        return f"{unit.name} ({unit.code})"


def administered_units(user: Official) -> Any:
    """Return the units of the trees that a person administers, in Vietnamese order."""
    units = Unit.objects.none()
    for path in user.unit_paths_of(Role.ADMINISTRATOR):
        units |= Unit.objects.filter(path__startswith=path)
    return units.in_vietnamese_order()


class ContactForm(forms.Form):
    """Position and contacts."""

    position = forms.CharField(label="Chức vụ", max_length=120, required=False)
    email = forms.EmailField(
        label="Thư điện tử",
        required=False,
        help_text="Nhận thư báo việc và nhắc hạn.",
        error_messages={"invalid": "Địa chỉ thư phải viết như ten@haiduong.gov.vn."},
    )
    phone = forms.CharField(label="Điện thoại", max_length=20, required=False)

    def clean_phone(self) -> str:
        """Refuse what cannot be dialled."""
        phone = self.cleaned_data["phone"].strip()
        if phone and not _PHONE.fullmatch(phone):
            raise forms.ValidationError("Số điện thoại chỉ gồm chữ số, ví dụ 0912 345 678.")
        return phone


class DescribeAccountForm(ContactForm):
    """Everything about an account that its administrator keeps."""

    display_name = forms.CharField(label="Họ và tên", max_length=120, error_messages={"required": "Nhập họ và tên."})
    unit = UnitChoice(
        label="Đơn vị",
        queryset=Unit.objects.none(),
        empty_label="Chọn đơn vị",
        error_messages={"required": "Chọn đơn vị."},
    )
    field_order = ["display_name", "unit", "position", "email", "phone"]

    def __init__(self, *args: Any, user: Official, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = administered_units(user)

    def clean_display_name(self) -> str:
        """Store names in one normal form."""
        return normalise(self.cleaned_data["display_name"])


class CreateAccountForm(DescribeAccountForm):
    """A new account; its first password is made by the system."""

    username = forms.CharField(
        label="Tên đăng nhập",
        max_length=80,
        help_text="Chữ thường không dấu, số, dấu chấm, gạch nối; ví dụ nguyenvana.snv.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": "Nhập tên đăng nhập."},
    )
    field_order = ["username", *DescribeAccountForm.field_order]

    def clean_username(self) -> str:
        """Refuse a name that is hard to type on every keyboard."""
        username = self.cleaned_data["username"].strip().lower()
        if not _USERNAME.fullmatch(username):
            raise forms.ValidationError(
                "Tên đăng nhập có từ 3 ký tự: chữ thường không dấu, số, dấu chấm, gạch nối, gạch dưới."
            )
        return username


class GrantForm(forms.Form):
    """A role on one unit."""

    role = forms.ChoiceField(
        label="Vai trò", choices=[("", "Chọn vai trò"), *Role.choices], error_messages={"required": "Chọn vai trò."}
    )
    unit = UnitChoice(
        label="Tại đơn vị",
        queryset=Unit.objects.none(),
        empty_label="Chọn đơn vị",
        error_messages={"required": "Chọn đơn vị.", "invalid_choice": "Đơn vị này ngoài phạm vi bạn quản trị."},
    )

    def __init__(self, *args: Any, user: Official, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = administered_units(user)


class OwnPasswordForm(PasswordChangeForm):
    """The old password and the new one twice."""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": "Mật khẩu đang dùng không đúng; hãy nhập lại.",
        "password_mismatch": "Hai lần nhập mật khẩu mới không giống nhau.",
        "password_same": "Mật khẩu mới phải khác mật khẩu đang dùng.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "old_password": "Mật khẩu đang dùng",
            "new_password1": "Mật khẩu mới",
            "new_password2": "Nhập lại mật khẩu mới",
        }
        for name, label in labels.items():
            self.fields[name].label = label
            self.fields[name].help_text = ""
            self.fields[name].error_messages["required"] = f"Nhập {label.lower()}."
        self.fields["new_password1"].help_text = "Ít nhất 12 ký tự, không giống tên đăng nhập và không quá thông dụng."

    def clean_new_password1(self) -> str:
        """Refuse the password that is in use: a temporary one is known to whoever issued it."""
        password: str = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise forms.ValidationError(self.error_messages["password_same"], code="password_same")
        return password
