"""Units of the province and the people who work in them."""

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from assessments.enums import Role, UnitKind
from assessments.vietnamese import asked_words


class UnitQuerySet(models.QuerySet):
    """Questions asked of units."""

    def search(self, text: str) -> "UnitQuerySet":
        """Keep units whose name or code has words beginning as those of ``text``, whatever the diacritics and case."""
        units = self
        for word in asked_words(text):
            units = units.filter(search_text__contains=f" {word}")
        return units

    def in_vietnamese_order(self) -> "UnitQuerySet":
        """Order by name as a Vietnamese dictionary does (Đ after D, tones last)."""
        return self.order_by("sort_key", "code")

    def valid_on(self, day: date) -> "UnitQuerySet":
        """Keep units that exist on ``day``."""
        return self.filter(valid_from__lte=day).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day))

    def below(self, unit: "Unit", *, itself: bool = False) -> "UnitQuerySet":
        """Keep the units of the tree under ``unit``."""
        units = self.filter(path__startswith=unit.path)
        return units if itself else units.exclude(pk=unit.pk)


class Unit(models.Model):
    """A unit (đơn vị): the province, a department, district, commune, council or division."""

    code = models.CharField("mã", max_length=32, unique=True)
    name = models.CharField("tên", max_length=200)
    kind = models.CharField("loại", max_length=16, choices=UnitKind.choices)
    parent = models.ForeignKey(
        "self",
        verbose_name="cấp trên",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    valid_from = models.DateField("có hiệu lực từ", default=date(1997, 1, 1))  # Hải Dương was re-established
    valid_until = models.DateField("hết hiệu lực từ", null=True, blank=True)
    path = models.CharField(max_length=255, db_index=True, help_text="codes from the root, each with a slash after it")
    sort_key = models.CharField(max_length=400, db_index=True)
    search_text = models.CharField(max_length=300)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = "đơn vị"
        verbose_name_plural = "đơn vị"
        ordering = ["sort_key", "code"]
        permissions = [(role.value, role.label) for role in Role]
        constraints = [
            models.CheckConstraint(
                name="unit_valid_from_before_until",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            models.CheckConstraint(name="unit_is_not_its_own_parent", condition=~Q(parent=F("id"))),
        ]

    def __str__(self) -> str:
        return self.name

    def is_under(self, other: "Unit") -> bool:
        """Say whether this unit lies in the tree under ``other`` or is it."""
        return self.path.startswith(other.path)


class UnitUserObjectPermission(UserObjectPermissionBase):
    """A role that a person holds on one unit (direct key: no orphan when a unit goes)."""

    content_object = models.ForeignKey(Unit, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = "vai trò"
        verbose_name_plural = "vai trò"


class UnitGroupObjectPermission(GroupObjectPermissionBase):
    """A role that a group holds on one unit."""

    content_object = models.ForeignKey(Unit, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        verbose_name = "vai trò của nhóm"
        verbose_name_plural = "vai trò của nhóm"


class OfficialQuerySet(models.QuerySet):
    """Questions asked of officials."""

    def holding(self, role: Role, units: Iterable["Unit"] | Iterable[int]) -> "OfficialQuerySet":
        """Keep active officials who hold ``role`` on one of ``units``."""
        return self.filter(
            is_active=True,
            unituserobjectpermission__permission__codename=role.value,
            unituserobjectpermission__content_object__in=units,
        ).distinct()

    def visible_to(self, user: "Official") -> "OfficialQuerySet":
        """Keep the accounts that ``user`` may read: all of a unit tree one administers, and oneself."""
        if not user.is_authenticated:
            return self.none()
        readable = Q(pk=user.pk)
        for path in user.unit_paths_of(Role.ADMINISTRATOR):
            readable |= Q(unit__path__startswith=path)
        return self.filter(readable)


class OfficialManager(BaseUserManager.from_queryset(OfficialQuerySet)):  # type: ignore[misc]
    """Makes accounts."""

    def create_user(self, username: str, password: str | None = None, **fields) -> "Official":
        """Create an active account; without a password nobody can sign in with it."""
        official = self.model(username=username, **fields)
        official.set_password(password)
        official.save()
        return official

    def get_by_natural_key(self, username: str) -> "Official":
        """Find an account whatever the case of its name."""
        return self.get(username__iexact=username)


class Official(AbstractBaseUser, PermissionsMixin):
    """An official (cán bộ): signs in, holds roles on units. Deactivated, never deleted."""

    username = models.CharField("tên đăng nhập", max_length=80, unique=True)
    display_name = models.CharField("họ và tên", max_length=120)
    position = models.CharField("chức vụ", max_length=120, blank=True)
    phone = models.CharField("điện thoại", max_length=20, blank=True)
    email = models.EmailField("thư điện tử", blank=True)
    unit = models.ForeignKey(Unit, verbose_name="đơn vị", null=True, blank=True, on_delete=models.PROTECT)
    is_active = models.BooleanField("đang hoạt động", default=True)
    deactivated_at = models.DateTimeField("ngừng hoạt động lúc", null=True, blank=True)

    must_change_password = models.BooleanField("phải đổi mật khẩu", default=False)
    sessions_ended = models.PositiveIntegerField(default=0, help_text="a session begun under an earlier number is over")

    objects = OfficialManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = "cán bộ"
        verbose_name_plural = "cán bộ"
        ordering = ["display_name", "username"]

    def __str__(self) -> str:
        return self.display_name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session must have been begun under; Django compares it at each request, for each key."""
        begun_under = f"{self.password}/{self.sessions_ended}"
        return salted_hmac("assessments.Official.session", begun_under, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        """Return the name shown to others."""
        return self.display_name

    def get_short_name(self) -> str:
        """Return the name shown to others."""
        return self.display_name

    @property
    def role_grants(self) -> dict[str, dict[int, str]]:
        """Return ``{role codename: {unit id: unit path}}`` of this person, read once per instance."""
        if not hasattr(self, "_role_grants"):
            grants: dict[str, dict[int, str]] = {}
            if self.is_active:
                rows = UnitUserObjectPermission.objects.filter(user=self).values_list(
                    "permission__codename", "content_object_id", "content_object__path"
                )
                for codename, unit_id, path in rows:
                    grants.setdefault(codename, {})[unit_id] = path
            self._role_grants = grants
        return self._role_grants

    def unit_ids_of(self, role: Role) -> list[int]:
        """Return the ids of the units on which this person holds ``role``."""
        return list(self.role_grants.get(role.value, {}))

    def unit_paths_of(self, role: Role) -> list[str]:
        """Return the tree paths of the units on which this person holds ``role``."""
        return list(self.role_grants.get(role.value, {}).values())

    def holds(self, role: Role, unit: "Unit | int | None") -> bool:
        """Say whether this person holds ``role`` on exactly ``unit`` (a global grant never counts)."""
        if unit is None:
            return False
        unit_id = unit if isinstance(unit, int) else unit.pk
        return unit_id in self.role_grants.get(role.value, {})

    def forget_grants(self) -> None:
        """Read the roles again at the next question, after one was granted or withdrawn."""
        self.__dict__.pop("_role_grants", None)
