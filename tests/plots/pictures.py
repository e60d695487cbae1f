"""What tests ask of a picture: is anything on it, what does it say, does any text overlap?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

COARSE = 50  # dots per inch: enough for these questions, and quick


def drawn(figure):
    """The figure's canvas, drawn."""
    figure.set_dpi(COARSE)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas


def ink(figure):
    """The share of pixels that differ from the background."""
    image = np.asarray(drawn(figure).buffer_rgba())[..., :3].astype(int)
    return float((np.abs(image - image[0, 0]).max(axis=-1) > 20).mean())


def texts(figure):
    """Everything written on the picture."""
    beyond = {label for axes in figure.axes for label in _beyond(axes)}
    found = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    return [text for text in found if text.get_text().strip() and text not in beyond]


def _beyond(axes):
    """Labels of ticks outside the axes: matplotlib keeps them but does not draw them."""
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not low <= tick.get_loc() <= high:
                yield from (tick.label1, tick.label2)


def written(figure):
    """All of it as one string."""
    drawn(figure)
    return "\n".join(text.get_text() for text in texts(figure))


def boxes(figure):
    """Every text that stands upright with its box in pixels (that of a slanted one says little)."""
    renderer = drawn(figure).get_renderer()
    upright = [text for text in texts(figure) if text.get_rotation() in (0, 90)]
    found = [(text.get_text(), text.get_window_extent(renderer)) for text in upright]
    return [(text, box) for text, box in found if box.width > 0]


def overlapping(figure, slack=1.5):
    """Pairs of texts whose boxes share more than ``slack`` pixels both ways."""
    result = []
    for (one, a), (other, b) in combinations(boxes(figure), 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        upward = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > slack and upward > slack:
            result.append((one, other))
    return result


def clipped(figure, slack=1.0):
    """Texts that leave the picture."""
    found = boxes(figure)
    width, height = figure.bbox.width, figure.bbox.height
    return [
        text
        for text, box in found
        if box.x0 < -slack or box.y0 < -slack or box.x1 > width + slack or box.y1 > height + slack
    ]
