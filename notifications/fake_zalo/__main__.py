"""Runs the fake Zalo: ``python -m notifications.fake_zalo --port 8001 --site http://127.0.0.1:8000 --folder var/zalo``.

Once it listens it writes ``settings.json`` into the folder: the settings with which the site finds it, and
an authorization code with which the site connects. The people and their telephones outlive a restart.
"""

import argparse
import json
import os
from pathlib import Path

from notifications.fake_zalo.account import Account, Template
from notifications.fake_zalo.server import FakeZalo
from notifications.fake_zalo.webhooks import Hook

LONGEST = {"link": 200, "recipient_name": 30, "due": 40, "standing": 60, "closes": 40, "count": 10, "late_count": 10}
ABOUT_A_STEP = "Kính gửi ông/bà {recipient_name}.\n{what}: {title} ({assessed_unit}).\nHạn: {due}.\nMở việc: {link}"
# Kind of message: (title, parameters besides those of every step, text).
TEMPLATES: dict[str, tuple[str, list[str], str]] = {
    "step_opened": ("Việc mới", [], ABOUT_A_STEP.replace("{what}", "Đến lượt ông/bà")),
    "step_due": ("Sắp đến hạn", ["standing"], ABOUT_A_STEP.replace("{what}", "Nhắc việc ({standing})")),
    "step_due_today": ("Đến hạn hôm nay", [], ABOUT_A_STEP.replace("{what}", "Đến hạn hôm nay")),
    "step_overdue": ("Quá hạn", [], ABOUT_A_STEP.replace("{what}", "Đã quá hạn")),
    "step_escalated": (
        "Báo cáo quá hạn",
        ["doing_unit", "standing"],
        ABOUT_A_STEP.replace("{what}", "Báo cáo {standing} do {doing_unit} thực hiện"),
    ),
}
MOVED = "Kính gửi ông/bà {recipient_name}.\nThời hạn thay đổi theo {decision_number}. Mở hộp việc: {link}"
DIGEST = "Kính gửi ông/bà {recipient_name}.\nÔng/bà có {count} việc cần chú ý, {late_count} việc quá hạn.\nMở: {link}"
ABOUT_ONE = ["recipient_name", "title", "assessed_unit", "due", "link"]
ABOUT_MANY = ["recipient_name", "count", "late_count", "link"]
FIRST_NUMBER = 340_001


def templates() -> dict[str, Template]:
    """Return the approved templates of the demonstration by kind of message."""
    described = {kind: (name, ABOUT_ONE + more, text) for kind, (name, more, text) in TEMPLATES.items()}
    described |= dict.fromkeys(("step_digest", "step_digest_late"), ("Nhắc nhiều việc", ABOUT_MANY, DIGEST))
    described["deadline_extended"] = ("Dời thời hạn", ["recipient_name", "decision_number", "link"], MOVED)
    return {
        kind: Template(str(number), name, [_parameter(each) for each in parameters], text=text)
        for number, (kind, (name, parameters, text)) in enumerate(described.items(), FIRST_NUMBER)
    }


def _parameter(name: str) -> dict[str, object]:
    required = name not in {"due", "standing"}
    return {"name": name, "require": required, "type": "STRING", "maxLength": LONGEST.get(name, 120), "minLength": 0}


def settings_for(account: Account, address: str, approved: dict[str, Template]) -> dict[str, str]:
    """Return the settings with which a site finds this server."""
    return {
        **dict.fromkeys(
            ("PAR_ZALO_OAUTH_URL", "PAR_ZALO_OA_URL", "PAR_ZALO_TEMPLATE_URL", "PAR_ZALO_BOT_URL"), address
        ),
        "PAR_ZALO_OA_PAGE": f"{address}/",
        "PAR_ZALO_BOT_PAGE": f"{address}/",
        "PAR_ZALO_APP_ID": account.app_id,
        "PAR_ZALO_APP_SECRET": account.app_secret,
        "PAR_ZALO_CODE_VERIFIER": account.code_verifier,
        "PAR_ZALO_OA_ID": account.oa_id,
        "PAR_ZALO_OA_SECRET": account.oa_secret,
        "PAR_ZALO_BOT_TOKEN": account.bot_token,
        "PAR_ZALO_BOT_SECRET": account.bot_secret,
        "PAR_ZALO_TEMPLATES": ",".join(f"{kind}={template.template_id}" for kind, template in approved.items()),
    }


def main() -> None:
    """Listen until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port of 127.0.0.1 (default: a free one)")
    parser.add_argument("--site", required=True, help="address of the site, to which the webhooks go")
    parser.add_argument("--folder", type=Path, required=True, help="where its state and settings.json lie")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    account = Account(state_file=asked.folder / "state.json", everybody_has_zalo=True)
    approved = templates()
    account.templates = {template.template_id: template for template in approved.values()}
    hook = Hook(account, address=f"{asked.site}/zalo/webhook/", bot_address=f"{asked.site}/zalo/bot/")
    with FakeZalo(account, hook, port=asked.port) as server:
        found = settings_for(account, server.address, approved)
        told = {"settings": found, "code": account.new_code(), "address": server.address}
        aside = asked.folder / "settings.new"
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(told, file)
        aside.replace(asked.folder / "settings.json")
        server.serve_forever()


if __name__ == "__main__":
    main()
