"""The people of a played season: invented, one set per unit, made through the operations and found again by name."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.text import slugify

from assessments.enums import Role, UnitKind
from assessments.models import Official, Unit
from assessments.operations.officials import create_official, grant_role
from assessments.vietnamese import fold
from workflow.season.plan import dice_for

FAMILIES = "Nguyễn Trần Lê Phạm Hoàng Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đào Đoàn Vương Trịnh Lương Phan Mai".split()
MIDDLES = "Văn Thị Đức Minh Thu Ngọc Quang Thanh Hữu Xuân Kim Hồng Công Bích Tuấn Phương".split()
GIVEN = (
    "An Bình Chi Dũng Giang Hà Hạnh Hiếu Hoa Hòa Hùng Hương Khánh Lan Linh Long Mai Minh Nam Nga Nghĩa Nhung Oanh "
    "Phong Phúc Quân Sơn Tâm Thảo Thắng Thủy Trang Trung Tùng Tuyết Vinh Yến"
).split()
LEADERS = {
    UnitKind.DEPARTMENT: "Giám đốc",
    UnitKind.DISTRICT: "Chủ tịch UBND huyện",
    UnitKind.COMMUNE: "Chủ tịch UBND xã",
}


class People:
    """Finds or makes the person for a task; all accounts come from the first administrator."""

    def __init__(self, *, at: datetime) -> None:
        self._at = at
        self._known: dict[str, Official] = {}
        self._administrator: Official | None = None

    def administrator(self, root: Unit) -> Official:
        """Return the administrator of a whole tree; the first one is made by the system itself."""
        if self._administrator is None:
            self._administrator = self._person("quan-tri", root, "Quản trị hệ thống", [(Role.ADMINISTRATOR, root)])
        return self._administrator

    def officers(self, unit: Unit) -> list[Official]:
        """Return who enters scores and evidence: two people, in a commune one."""
        words = ["can-bo"] if unit.kind == UnitKind.COMMUNE else ["can-bo", "can-bo-2"]
        return [self._person(word, unit, "Chuyên viên", [(Role.OFFICER, unit)]) for word in words]

    def head(self, unit: Unit) -> Official:
        """Return who signs for a unit."""
        return self._person("lanh-dao", unit, LEADERS.get(UnitKind(unit.kind), "Thủ trưởng"), [(Role.HEAD, unit)])

    def appraiser(self, unit: Unit) -> Official:
        """Return who appraises for a body."""
        return self._person("tham-dinh", unit, "Người thẩm định", [(Role.APPRAISER, unit)])

    def secretary(self, secretariat: Unit) -> Official:
        """Return the secretary, who also appraises where a body would have to judge itself."""
        return self._person(
            "thu-ky", secretariat, "Thư ký", [(Role.SECRETARY, secretariat), (Role.APPRAISER, secretariat)]
        )

    def council_member(self, council: Unit) -> Official:
        """Return a member of a council."""
        return self._person("hoi-dong", council, "Thành viên Hội đồng", [(Role.COUNCIL, council)])

    def organiser(self, unit: Unit, desk: Unit) -> Official:
        """Return who runs the periods of ``unit``; a new person works at ``desk``."""
        known = Official.objects.holding(Role.ORGANISER, [unit]).order_by("pk").first()
        return known or self._person("to-chuc", desk, "Trưởng phòng Cải cách hành chính", [(Role.ORGANISER, unit)])

    def supervisor(self, unit: Unit) -> Official:
        """Return who follows all units under ``unit``."""
        return self._person("theo-doi", unit, "Người theo dõi", [(Role.SUPERVISOR, unit)])

    def _person(self, word: str, unit: Unit, position: str, grants: Iterable[tuple[Role, Unit]]) -> Official:
        username = f"{word}-{slugify(fold(unit.code))}"
        if username in self._known and self._known[username].unit_id != unit.pk:
            username = f"{username}-{unit.pk}"
        if username not in self._known:
            official = Official.objects.filter(username=username).first() or self._create(username, unit, position)
            self._known[username] = official
            for role, on in grants:
                if not official.holds(role, on):
                    grant_role(official=official, role=role, unit=on, by=self._administrator, at=self._at)
        return self._known[username]

    def _create(self, username: str, unit: Unit, position: str) -> Official:
        dice = dice_for(username)
        return create_official(
            username=username,
            display_name=f"{dice.choice(FAMILIES)} {dice.choice(MIDDLES)} {dice.choice(GIVEN)}",
            unit=unit,
            position=position,
            email=f"{username}@example.vn",
            by=self._administrator,
            at=self._at,
        )
