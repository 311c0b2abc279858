"""The house style of vector figures: one typeface, and colours that colour-blind readers can tell apart.

Figures are drawn on `matplotlib.figure.Figure` and never through pyplot, whose figures are global and would
mix between threads. Put the SVG into a page as an image (`data_uri`, or a URL of its own): matplotlib writes
style attributes, which a strict content security policy refuses in the page itself.
"""

import base64
import io
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

MM_PER_INCH = 25.4
SIMULATED_MARK = "simulated data"


@dataclass(frozen=True)
class Palette:
    """Okabe and Ito's colours, told apart with every common colour blindness (jfly.uni-koeln.de/color)."""

    blue: str = "#0072B2"
    vermilion: str = "#D55E00"
    green: str = "#009E73"
    purple: str = "#CC79A7"
    orange: str = "#E69F00"
    sky: str = "#56B4E9"
    black: str = "#000000"

    @property
    def sequence(self) -> list[str]:
        """The colours in the order in which curves take them."""
        return [self.blue, self.vermilion, self.green, self.purple, self.orange, self.sky, self.black]


PALETTE = Palette()
INK = "#1c2733"
FAINT = "#5d6975"

# Set once for the process: rc_context would change the same global state in the middle of another thread's
# figure.
mpl.rcParams.update(
    {
        "font.family": ["DejaVu Sans"],
        "font.size": 7.0,
        "axes.labelsize": 7.0,
        "axes.linewidth": 0.6,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "#dfe4e9",
        "grid.linewidth": 0.4,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": 6.5,
        "ytick.labelsize": 6.5,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "lines.linewidth": 1.0,
        "lines.markersize": 3.0,
        "legend.fontsize": 6.2,
        "legend.frameon": False,
        "legend.handlelength": 1.6,
        # Text stays text, so that it can be searched and copied out of the PDF.
        "svg.fonttype": "none",
        # Without a fixed salt the element ids, and so the bytes of a report, change from run to run.
        "svg.hashsalt": "lims",
    }
)


def new_figure(*, width_mm: float, height_mm: float) -> Figure:
    """Return an empty figure of that size on paper."""
    return Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), layout="constrained")


def mark_simulated(axes: Axes) -> None:
    """Write into the plot that its data are simulated, so that the mark goes wherever the figure goes."""
    # Above the frame, where no curve can cover it.
    axes.text(
        1.0,
        1.02,
        SIMULATED_MARK,
        transform=axes.transAxes,
        ha="right",
        va="bottom",
        color=FAINT,
        fontsize=6.2,
    )


def svg(figure: Figure) -> str:
    """Return the figure as one ``<svg>`` element; the same figure gives the same text."""
    buffer = io.StringIO()
    # Date would differ on every run; the other entries only name the drawing library.
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(buffer, format="svg", metadata=nothing, transparent=True)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def data_uri(svg_text: str) -> str:
    """Return an SVG as a ``data:`` address for an image, which needs no request."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg_text.encode()).decode("ascii")
