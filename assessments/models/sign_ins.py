"""Sign-ins that failed, counted so that every process of the site knows them."""

from django.db import models


class SignInAttempts(models.Model):
    """Attempts in a row without success, of one account name or from one address.

    ``subject`` is ``account:`` with the SHA-256 of the folded name (people type passwords into the wrong field), or
    ``address:`` with the address it came from.
    """

    subject = models.CharField(max_length=80, unique=True)
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(db_index=True)
    waits_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "đăng nhập sai"
        verbose_name_plural = "đăng nhập sai"

    def __str__(self) -> str:
        return f"{self.subject}: {self.failures}"
