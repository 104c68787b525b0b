"""Reports that came back about messages."""

from django.db import models

from notifications.models.messages import Message


class DeliveryReport(models.Model):
    """A report that came to the mailbox of bounces (thư báo): read once, known by its digest, matched or not."""

    digest = models.CharField(max_length=64, unique=True)
    read_at = models.DateTimeField("đọc lúc")
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="delivery_reports"
    )
    action = models.CharField("kết quả", max_length=20, blank=True)
    status = models.CharField("mã", max_length=12, blank=True)
    answer = models.TextField("trả lời của máy chủ", blank=True)

    class Meta:
        verbose_name = "thư báo"
        verbose_name_plural = "thư báo"
        ordering = ["-read_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.action} {self.status}".strip()
