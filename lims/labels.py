"""Labels: what stands on the jar, at the size of the label, with a QR code that a scanner and a phone read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.core.exceptions import ValidationError

from lims import registry
from lims.models import Identity, User
from lims.pdf import render_pdf
from lims.qr import qr_code

# Label printers of 203 dpi put 8 dots on a millimetre; modules of whole dots have sharp edges.
DOT_MM = 0.125
MOST_LABELS = 240
# The widest a letter of DejaVu Sans Mono Bold is, in parts of its size, and a point in millimetres.
LETTER_WIDTH = 0.602
POINT_MM = 25.4 / 72
# The words beside the QR code, as labels.css sets them: their height, and how many letters a line surely holds.
WORDS_MM, CODE_MM, TITLE_LINE_MM, LINE_MM = 26, 6.2, 3.3, 2.8
LETTERS_OF_A_LINE, LETTERS_OF_A_TITLE = 24, 19


@dataclass(frozen=True)
class Size:
    """A kind of label: how large it is, how it is called, and what room it leaves on the page."""

    name: str
    title: str
    width_mm: float
    height_mm: float
    # The square that the QR code with its white frame may fill, and the width left for the code's letters.
    qr_room_mm: float
    code_room_mm: float
    largest_code_pt: float
    # How many hazard codes find their place.
    hazard_codes: int
    page_width_mm: float = 0
    page_height_mm: float = 0
    columns: int = 1
    rows: int = 1
    # Paper above the first row.
    top_mm: float = 0

    @property
    def on_a_sheet(self) -> bool:
        return self.columns * self.rows > 1

    @property
    def per_page(self) -> int:
        return self.columns * self.rows


SIZES = {
    size.name: size
    for size in (
        Size("62x29", "62 x 29 mm, continuous tape", 62, 29, 25, 31.5, 14, 12),
        Size("25x25", "25 x 25 mm", 25, 25, 17, 22.5, 9, 7),
        # Eight rows of 37 mm are 296 mm: the sheet keeps half a millimetre above and below.
        Size("a4", "A4 sheet, 3 x 8 labels of 70 x 37 mm", 70, 37, 25, 33, 14, 12, 210, 297, 3, 8, 0.5),
    )
}


@dataclass(frozen=True)
class Label:
    """One label as its template draws it; lengths in mm, letters in points."""

    left_mm: float
    top_mm: float
    code: str
    words: registry.LabelWords
    project: str
    simulated: bool
    qr: str
    qr_mm: float
    code_pt: float
    # Those of its lines that find their place above the hazards, which are never cut off.
    lines: Sequence[str]
    # The signal word alone, where there are no codes, is a hazard too.
    hazards: Sequence[str]


def public_address(code: str) -> str:
    """Return what the QR code of a label holds: the record's short address, or its code where the lab has none."""
    return f"{settings.PUBLIC_URL}/s/{code}" if settings.PUBLIC_URL else code


def chosen(codes: Sequence[str], user: User) -> list[Identity]:
    """Return the records with these codes, in their order; ValidationError names one that ``user`` may not see."""
    wanted = list(dict.fromkeys(code.strip().upper() for code in codes if code.strip()))
    if not wanted:
        raise ValidationError({"code": "Choose at least one record to label."})
    if len(wanted) > MOST_LABELS:
        raise ValidationError(
            {"code": f"At most {MOST_LABELS} labels are printed at once; these are {len(wanted)}."}
        )
    visible = Identity.objects.visible_to(user).filter(code__in=wanted).select_related("project")
    found = {identity.code: identity for identity in visible}
    for code in wanted:
        if code not in found:
            raise ValidationError({"code": f"No record that you may see has the code {code}."})
    return [found[code] for code in wanted]


def label_pdf(identities: Sequence[Identity], size: str, *, start: int = 1) -> bytes:
    """Return the labels as a PDF: a page for each, or sheets whose first free label is number ``start``.

    Raises ValidationError for a size or a start that there is not, PdfUnavailable where this machine prints none.
    """
    if size not in SIZES:
        raise ValidationError({"size": f"There is no label of size {size!r}; there is: {', '.join(SIZES)}."})
    chosen_size = SIZES[size]
    if not 1 <= start <= chosen_size.per_page:
        raise ValidationError(
            {"start": f"The first free label is number 1 to {chosen_size.per_page}, not {start}."}
        )
    drawn = [
        _label(identity, words, chosen_size, place=number % chosen_size.per_page)
        for number, (identity, words) in enumerate(_with_words(identities), start=start - 1)
    ]
    context = {
        "size": chosen_size,
        "pages": _pages(drawn, chosen_size, start),
        "lab_name": settings.LAB_NAME,
    }
    return render_pdf("labels/labels.html", context)


def _with_words(identities: Sequence[Identity]) -> list[tuple[Identity, registry.LabelWords]]:
    """Return each record with what its label says, with as many questions as there are kinds."""
    titles = registry.titles_of(i for i in identities if i.kind not in registry.labellers)
    told = {key: registry.LabelWords(title=title) for key, title in titles.items()}
    for kind, labeller in registry.labellers.items():
        keys = [identity.pk for identity in identities if identity.kind == kind]
        if keys:
            told |= labeller(keys)
    return [(identity, told.get(identity.pk, registry.LabelWords(title=""))) for identity in identities]


def _label(identity: Identity, words: registry.LabelWords, size: Size, *, place: int) -> Label:
    """Return one label as it is drawn at a place of its page, counted from 0 along the rows."""
    row, column = divmod(place, size.columns)
    qr = qr_code(public_address(identity.code))
    hazards = _hazards(words, size)
    return Label(
        left_mm=column * size.width_mm,
        top_mm=size.top_mm + row * size.height_mm,
        code=identity.code,
        words=words,
        project=identity.project.code if identity.project else "",
        simulated=bool(identity.project and identity.project.simulated),
        qr=qr.data_uri,
        qr_mm=module_mm(qr.modules, size.qr_room_mm) * qr.modules,
        code_pt=min(size.largest_code_pt, size.code_room_mm / (len(identity.code) * LETTER_WIDTH * POINT_MM)),
        lines=words.lines[: _lines_that_fit(words, hazards)],
        hazards=hazards,
    )


def _hazards(words: registry.LabelWords, size: Size) -> list[str]:
    """Return the codes that find their place, and how many more there are."""
    left_out = len(words.hazard_codes) - size.hazard_codes
    shown = list(words.hazard_codes[: size.hazard_codes])
    if left_out > 0:
        shown.append(f"+{left_out}")
    return shown or ([""] if words.signal_word else [])


def _lines_that_fit(words: registry.LabelWords, hazards: Sequence[str]) -> int:
    """Return how many lines stand between the title and what must not be cut off."""
    warned = ceil(len(f"{words.signal_word} {', '.join(hazards)}") / LETTERS_OF_A_LINE) if hazards else 0
    title = min(2, ceil(len(words.title) / LETTERS_OF_A_TITLE)) * TITLE_LINE_MM
    room_mm = WORDS_MM - CODE_MM - title - warned * LINE_MM
    return max(0, int(room_mm / LINE_MM))


def module_mm(modules: int, room_mm: float) -> float:
    """Return how wide a module is that fills the room with whole dots of a 203 dpi printer.

    >>> module_mm(29, 25), module_mm(29, 17), module_mm(37, 17)
    (0.75, 0.5, 0.375)
    """
    return max(1, int(room_mm / modules / DOT_MM)) * DOT_MM


def _pages(labels: Sequence[Label], size: Size, start: int) -> list[list[Label]]:
    """Return the labels of each page; on the first, those before number ``start`` are used already."""
    first = size.per_page - (start - 1)
    rest = labels[first:]
    later = [list(rest[i : i + size.per_page]) for i in range(0, len(rest), size.per_page)]
    return [list(labels[:first]), *later]
