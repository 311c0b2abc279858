"""What the paper states about its cells, sentence by sentence, for the records to agree with or not."""

from __future__ import annotations

from typing import NamedTuple

from cells.actions import make_claim
from cells.models import Study
from lims.models import User
from testing.demo.catalogue import PAPER

COATED = "Nb2O5-coated, {} V"


ONE_C = "one_c_current_density_ma_cm2"


class Stated(NamedTuple):
    """A number in the paper's words, and whose it is."""

    text: str
    where: str
    quantity: str
    stated: str
    condition: str = ""
    compared_to: str = ""


# Worded after the paper, shortened; the numbers are its own.
OF_THE_CELLS = (
    Stated("The composite powder loading is 18.2 mg/cm2.", "Methods", "composite_loading_mg_cm2", "18.2"),
    Stated("NMC532:Li6PS5Cl:PTFE:CNF = 63.6:27.3:4.6:4.6 wt%: the active share.", "Methods",
           "positive_share_positive_active", "63.6"),
    Stated("NMC532:Li6PS5Cl:PTFE:CNF = 63.6:27.3:4.6:4.6 wt%: the carbon.", "Methods", "positive_share_carbon", "4.6"),
    Stated("1C is 3 mA/cm2 at 4.3 V.", "Methods", ONE_C, "3", COATED.format(4.3)),
    Stated("The applied current at 4.5 V is 1.12 times that at 4.3 V.", "Results", ONE_C, "1.12",
           COATED.format(4.5), COATED.format(4.3)),
    Stated("The applied current at 4.7 V is 1.25 times that at 4.3 V.", "Results", ONE_C, "1.25",
           COATED.format(4.7), COATED.format(4.3)),
    Stated("1C (3 mA/cm2), in a caption of the 4.7 V cells.", "Fig. 4, caption", ONE_C, "3",
           COATED.format(4.7)),
    Stated("The areal capacity at 4.3 V is 3.0 mAh/cm2.", "Results", "areal_capacity_mah_cm2", "3.0",
           COATED.format(4.3)),
    Stated("The areal capacity at 4.7 V is 3.73 mAh/cm2.", "Results", "areal_capacity_mah_cm2", "3.73",
           COATED.format(4.7)),
    Stated("N/P is 1.1.", "Methods", "np_ratio_reversible", "1.1"),
    Stated("Discharged to 3.0 V (1.55 V as LTO vs Li/Li+).", "Methods", "lower_cell_voltage_v", "1.55"),
)  # fmt: skip


def state_the_claims(*, study: Study, grace: User) -> None:
    """Enter what the paper states of the cells, as far as it is missing."""
    conditions = {condition.name: condition for condition in study.conditions.all()}
    there = set(study.claims.values_list("text", flat=True))
    for one in OF_THE_CELLS:
        if one.text not in there:
            make_claim(
                study=study, by=grace, text=one.text, source=f"{PAPER}, {one.where}", quantity=one.quantity,
                stated=one.stated, condition=conditions.get(one.condition), compared_to=conditions.get(one.compared_to),
            )  # fmt: skip
