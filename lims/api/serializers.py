"""The base of the API's serializers: they parse and print; models and actions judge."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lims import blanks
from lims.models import Blank, Project, Source, User
from lims.people import LONGEST_USERNAME, people
from lims.units import MAX_MASS_UG, mg_from_ug, ug_from_mg


class MassField(serializers.DecimalField):
    """Milligrams outside, whole micrograms inside."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal("0.001"))
        super().__init__(
            max_digits=15,
            decimal_places=3,
            max_value=mg_from_ug(MAX_MASS_UG),
            coerce_to_string=False,
            **kwargs,
        )

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        return ug_from_mg(super().to_internal_value(data))

    def run_validators(self, value: int) -> None:
        # The limits are in milligrams, as the mass was sent.
        super().run_validators(mg_from_ug(value))

    def to_representation(self, value: int | None) -> float | None:  # type: ignore[override]
        return None if value is None else float(mg_from_ug(value))


@extend_schema_field(str)
class CodeField(serializers.RelatedField):
    """Another record, named by its code, among those the caller may see."""

    default_error_messages = {"does_not_exist": "No record that you may see has the code {code}."}

    def get_queryset(self) -> Any:
        queryset: Any = super().get_queryset()
        user = self.context["request"].user if "request" in self.context else None
        return queryset.visible_to(user).with_codes() if isinstance(user, User) else queryset

    def to_internal_value(self, data: Any) -> Any:
        queryset = self.get_queryset()
        if not isinstance(data, str) or not data.isprintable():
            self.fail("does_not_exist", code=repr(data)[:60])
        try:
            return queryset.coded(data.strip().upper())
        except queryset.model.DoesNotExist:
            self.fail("does_not_exist", code=data)

    def to_representation(self, value: Any) -> str:
        return str(value.code)

    def use_pk_only_optimization(self) -> bool:
        return False


@extend_schema_field(str)
class ProjectField(serializers.RelatedField):
    """A project by its code, among the caller's."""

    default_error_messages = {"does_not_exist": "You are a member of no project {code}."}

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("read_only"):
            kwargs.setdefault("queryset", Project.objects.all())
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Project:
        if not isinstance(data, str) or not data.isprintable():
            self.fail("does_not_exist", code=repr(data)[:60])
        user = self.context["request"].user
        project = Project.objects.visible_to(user).filter(code=str(data)).first()
        if project is None:
            self.fail("does_not_exist", code=data)
        return project

    def to_representation(self, value: Any) -> str:
        return str(value.code)


@extend_schema_field(str)
class PersonField(serializers.RelatedField):
    """Somebody of the lab, by user name."""

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("read_only"):
            kwargs.setdefault("queryset", people())
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> User:
        found: User | None = people().filter(username=data).first() if _is_a_name(data) else None
        if found is None:
            raise serializers.ValidationError(f"Nobody in the lab has the user name {repr(data)[:60]}.")
        return found

    def to_representation(self, value: Any) -> str:
        return str(value.username)

    def use_pk_only_optimization(self) -> bool:
        return False


def _is_a_name(data: Any) -> bool:
    return isinstance(data, str) and data.isprintable() and len(data) <= LONGEST_USERNAME


class BlanksField(serializers.DictField):
    """Fields that hold nothing: ``{"thickness_measured_nm": "not_measured"}``."""

    child = serializers.ChoiceField(Blank.choices)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        return {blanks.stored_as(name): reason for name, reason in super().to_internal_value(data).items()}

    def to_representation(self, value: Any) -> dict[str, str]:
        return {blanks.sent_as(name): reason for name, reason in value.items()}


class RecordSerializer(serializers.Serializer):
    """What every record prints first."""

    code = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    project = serializers.CharField(
        source="identity.project.code", read_only=True, default=None, allow_null=True
    )
    simulated = serializers.BooleanField(read_only=True)
    suspect = serializers.BooleanField(read_only=True, default=None, allow_null=True)
    version = serializers.IntegerField(read_only=True)
    performed_at = serializers.DateTimeField(required=False)
    performed_by = PersonField(required=False)
    recorded_at = serializers.DateTimeField(read_only=True)
    recorded_by = serializers.CharField(source="recorded_by.username", read_only=True)
    source = serializers.ChoiceField(Source.choices, required=False)  # type: ignore[assignment]  # the record's name
    blanks = BlanksField(read_only=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000)


class PerformedSerializer(serializers.Serializer):
    """What every write may say of itself: when and by whom it was done, and what was not measured or recorded."""

    performed_at = serializers.DateTimeField(required=False)
    performed_by = PersonField(
        required=False, help_text="User name of who did it; the caller where left out."
    )
    source = serializers.ChoiceField(Source.choices, required=False)  # type: ignore[assignment]  # the record's name
    blanks = BlanksField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=20_000, default="")

    def validate_performed_at(self, value: Any) -> Any:
        return value or timezone.now()

    def validate(self, attrs: Any) -> Any:
        blanks.judge_together(attrs.get("blanks", {}), attrs)
        return super().validate(attrs)
