"""What stands on the demo lab's shelves: substances as the paper and data sheets give them, containers invented.

What the paper does not say (lot numbers, masses, dates, tares, results, limits) is invented so that every page has
something to show, stands in a project marked as simulated, and is noted as invented.
"""

from __future__ import annotations

from typing import Any

PAPER = "Nat. Commun. 15, 10233 (2024)"
INVENTED = "Lot number, mass, dates and tare are invented for the demo lab; the paper does not give them."
DATA_SHEET = "handbook value, to be checked"
HAZARDS = "Hazards as safety data sheets usually give them: check those of your own supplier."

MATERIALS: dict[str, dict[str, Any]] = {
    "NMC532": {
        "name": "NMC532, single crystal", "formula": "LiNi0.5Mn0.3Co0.2O2", "roles": ["positive_active"],
        "density_g_cm3": 4.75, "density_source": DATA_SHEET, "low_stock_ug": 10_000_000,
        "signal_word": "danger", "hazard_statements": "H317, H350", "note": HAZARDS,
        "capacities": [
            {"upper_cut_off_v": 4.3, "specific_capacity_mah_g": 165, "reference": PAPER},
            {"upper_cut_off_v": 4.5, "specific_capacity_mah_g": 185, "reference": PAPER},
            {"upper_cut_off_v": 4.7, "specific_capacity_mah_g": 205, "reference": PAPER},
        ],
    },
    "LTO": {
        "name": "Li4Ti5O12", "formula": "Li4Ti5O12", "roles": ["negative_active"], "potential_v_vs_li": 1.55,
        "density_g_cm3": 3.5, "density_source": DATA_SHEET, "cas_number": "12031-95-7",
        "capacities": [{"upper_cut_off_v": None, "specific_capacity_mah_g": 155, "reference": PAPER}],
    },
    "LPSC": {
        "name": "Li6PS5Cl", "formula": "Li6PS5Cl", "roles": ["electrolyte"], "density_g_cm3": 1.86,
        "density_source": "from the unit cell: a = 9.859 Å, Z = 4", "signal_word": "danger",
        "hazard_statements": "EUH029", "note": HAZARDS,
        "safety_note": "No water and no moist air: it gives off toxic hydrogen sulfide.",
    },
    "PTFE": {
        "name": "PTFE", "formula": "C2F4", "roles": ["binder"], "density_g_cm3": 2.2, "density_source": DATA_SHEET,
        "cas_number": "9002-84-0", "low_stock_ug": 8_000_000,
    },
    "CNF": {
        "name": "Graphitised carbon nanofibre", "formula": "C", "roles": ["carbon"], "density_g_cm3": 1.95,
        "density_source": DATA_SHEET, "cas_number": "7782-42-5",
        "safety_note": "Fibres: do not breathe the dust.",
    },
    "Nb2O5": {
        "name": "Nb2O5", "formula": "Nb2O5", "roles": ["coating"], "density_g_cm3": 4.47,
        "density_source": "amorphous film, as used for the shell estimate", "cas_number": "1313-96-8",
    },
    "Nb(OEt)5": {
        "name": "Niobium(V) ethoxide", "formula": "C10H25NbO5", "roles": ["precursor"], "cas_number": "3236-82-6",
        "signal_word": "danger", "hazard_statements": "H226, H314", "note": HAZARDS,
        "safety_note": "No water: it reacts to ethanol and an oxide.", "low_stock_count": 1,
    },
    "water": {"name": "Water, deionised", "formula": "H2O", "roles": ["precursor", "solvent"],
              "cas_number": "7732-18-5"},
    "LiNb(OEt)6": {
        "name": "Lithium niobium ethoxide in ethanol", "formula": "C12H30LiNbO6", "roles": ["precursor"],
        "signal_word": "danger", "hazard_statements": "H225, H319", "note": HAZARDS,
        "safety_note": "No water: it reacts to ethanol and an oxide.", "low_stock_count": 5,
    },
    "Li": {
        "name": "Lithium foil", "formula": "Li", "roles": ["foil", "negative_active"], "potential_v_vs_li": 0,
        "density_g_cm3": 0.534, "density_source": DATA_SHEET, "cas_number": "7439-93-2", "signal_word": "danger",
        "hazard_statements": "H260, H314, EUH014", "note": HAZARDS,
        "safety_note": "No water: it catches fire. Put it out with dry sand.", "low_stock_count": 20,
    },
    "Ar": {
        "name": "Argon", "formula": "Ar", "roles": ["gas"], "cas_number": "7440-37-1", "signal_word": "warning",
        "hazard_statements": "H280", "note": HAZARDS, "low_stock_count": 50,
    },
}  # fmt: skip

# Each inside the one before it.
PLACES = ("Room 1", "Glovebox 1", "Shelf 1")
CABINET = ("Room 1", "Solvent cabinet")

# Days from the day when the demo is entered, so that its dates never all lie in the past.
YEARS_2, SOON, GONE = 730, 12, -20

# material, supplier, container, days until it expires, place
LOTS: list[tuple[str, str, dict[str, Any], int | None, tuple[str, ...]]] = [
    ("NMC532", "MSE Supplies", {
        "lot_number": "DEMO-NMC-01", "mass_ug": 25_000_000, "particle_size_min_um": 2, "particle_size_max_um": 5,
        "name": "SC-NMC532, 2 to 5 µm", "container_tare_ug": 18_420_300,
    }, YEARS_2, PLACES),
    ("LPSC", "MSE Supplies", {
        "lot_number": "DEMO-LPSC-FINE", "mass_ug": 10_000_000, "particle_size_max_um": 1,
        "name": "Li6PS5Cl, up to 1 µm, for composites", "container_tare_ug": 12_051_800,
    }, YEARS_2, PLACES),
    ("LPSC", "MSE Supplies", {
        "lot_number": "DEMO-LPSC-SEP", "mass_ug": 10_000_000, "particle_size_max_um": 10,
        "name": "Li6PS5Cl, about 10 µm, for separators",
    }, YEARS_2, PLACES),
    ("PTFE", "Sigma-Aldrich", {
        "lot_number": "DEMO-PTFE-01", "mass_ug": 5_000_000, "name": "PTFE powder",
    }, None, PLACES),
    ("CNF", "Sigma-Aldrich", {
        "lot_number": "DEMO-CNF-01", "mass_ug": 5_000_000, "purity_fraction": 0.98, "name": "Carbon nanofibre",
    }, None, PLACES),
    ("LTO", "MSE Supplies", {
        "lot_number": "DEMO-LTO-01", "mass_ug": 25_000_000, "purity_fraction": 0.99, "name": "LTO",
    }, YEARS_2, PLACES),
    ("Nb(OEt)5", "Strem", {
        "lot_number": "DEMO-NBOET-5G", "counted_in": "g", "count_milli": 5_000, "purity_fraction": 0.999,
        "name": "Nb(OEt)5, 5 g",
    }, YEARS_2, CABINET),
    ("water", "In house", {
        "lot_number": "DEMO-WATER-01", "counted_in": "ml", "count_milli": 500_000, "name": "DI water, 18 MΩ cm",
    }, None, CABINET),
    ("LiNb(OEt)6", "Thermo Fisher", {
        "lot_number": "DEMO-LINBO-01", "counted_in": "ml", "count_milli": 25_000, "concentration_g_ml": 0.05,
        "purity_fraction": 0.99, "name": "LiNb(OEt)6, 5 % w/v in ethanol",
    }, SOON, CABINET),
    ("Li", "MTI", {
        "lot_number": "DEMO-LI-01", "counted_in": "disc", "count_milli": 50_000,
        "name": "Lithium foil, discs of 6 mm, 100 µm",
    }, YEARS_2, PLACES),
    ("Ar", "Gas supplier", {
        "lot_number": "DEMO-AR-01", "counted_in": "bar", "count_milli": 200_000, "purity_fraction": 0.999999,
        "name": "Argon 6.0, 50 L cylinder",
    }, None, ("Room 1",)),
    ("LPSC", "MSE Supplies", {
        "lot_number": "DEMO-LPSC-OLD", "mass_ug": 800_000, "name": "Li6PS5Cl, the rest of an old lot",
    }, GONE, PLACES),
]  # fmt: skip

OWN_RULE = "the demo lab's own rule, invented"
# material, quantity, lower, upper
LIMITS: list[tuple[str, str, float | None, float | None]] = [
    ("LPSC", "moisture_ppm", None, 100),
    ("NMC532", "moisture_ppm", None, 300),
    ("CNF", "surface_area_m2_g", 20, 60),
]
NOT_MEASURED = "Invented for the demo lab; nobody measured this."
# lot, quantity, value, uncertainty, method
RESULTS: list[tuple[str, str, float, float | None, str]] = [
    ("DEMO-LPSC-FINE", "moisture_ppm", 35, 4, "Karl Fischer"),
    ("DEMO-LPSC-OLD", "moisture_ppm", 480, 20, "Karl Fischer"),
    ("DEMO-NMC-01", "moisture_ppm", 210, 15, "Karl Fischer"),
    ("DEMO-CNF-01", "surface_area_m2_g", 35, 1, "BET, N2"),
]
