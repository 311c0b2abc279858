"""How powders and what they are made with are found by what is printed on them, and by what they are called."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from materials.models import Equipment, Material, Powder, PowderLot


def lots_by_number(word: str) -> QuerySet[Any]:
    """Find lots by the supplier's lot number or catalogue number."""
    numbered = Q(lot_number__iexact=word) | Q(catalogue_number__iexact=word)
    return PowderLot.objects.filter(numbered).order_by().values("pk")


def substances_by_number(word: str) -> QuerySet[Any]:
    """Find substances by CAS number."""
    return Material.objects.filter(cas_number=word).order_by().values("pk")


def equipment_by_number(word: str) -> QuerySet[Any]:
    """Find equipment by its serial number."""
    return Equipment.objects.filter(serial_number__iexact=word).order_by().values("pk")


def powders_by_name(word: str) -> QuerySet[Any]:
    """Find powders by a part of their name."""
    return Powder.objects.filter(name__icontains=word).order_by().values("pk")


def substances_by_name(word: str) -> QuerySet[Any]:
    """Find substances by a part of their name, or by their formula."""
    named = Q(name__icontains=word) | Q(formula__iexact=word)
    return Material.objects.filter(named).order_by().values("pk")
