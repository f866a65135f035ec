"""The results as bars, in SVG."""

import statistics
from html import escape

_WIDTH, _LEFT, _BAR, _STEP = 760, 250, 16, 22
_OURS, _OTHERS, _LIMIT = "#2a7ab9", "#b9b9b9", "#c0392b"


def _group(title, bars, top, out):
    """Bars of (name, value, text, promise or None), scaled to the longest; returns where the next group begins."""
    out.append(f'<text x="10" y="{top + 14}" font-weight="bold">{escape(title)}</text>')
    top += 24
    scale = (_WIDTH - _LEFT - 90) / max(max(value, promise or 0) for _, value, _, promise in bars)
    for name, value, text, promise in bars:
        color = _OTHERS if name in ("ko", "crane append", "docker build") else _OURS
        width = max(1.0, value * scale)
        out.append(f'<text x="{_LEFT - 8}" y="{top + 13}" text-anchor="end">{escape(name)}</text>')
        out.append(f'<rect x="{_LEFT}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{color}"/>')
        if promise:
            at = _LEFT + promise * scale
            out.append(f'<path d="M{at:.1f} {top - 2}v{_BAR + 4}" stroke="{_LIMIT}" stroke-width="2"/>')
        end = max(width, (promise or 0) * scale)
        out.append(f'<text x="{_LEFT + end + 6:.1f}" y="{top + 13}">{text}</text>')
        top += _STEP
    return top + 14


def draw(results, promises):
    out, top = [], 10
    for what in ("nothing changed", "one line changed", "first"):
        bars = []
        for tool, times in results["rebuild"].items():
            if tool == "go build alone":
                continue
            value = statistics.median(times[what]["beyond"]) * 1000
            bars.append((tool, value, f"{value:.0f}", promises.get(f"{what}, ms") if tool == "thimble" else None))
        title = "the first build" if what == "first" else what
        top = _group(f"Go: build and push, {title}; ms beyond the compiler's", bars, top, out)
    bars = [
        (name, size / 1e6, f"{size / 1e6:.2f}", promises.get(f"{name}, MB")) for name, size in results["sizes"].items()
    ]
    top = _group("Compressed image, MB", bars, top, out)
    if results["cold"]:
        bars = []
        for name, times in results["cold"].items():
            if name == "docker run alone":
                continue
            value = max(0.0, statistics.median(times["beyond"]) * 1000)
            bars.append((name, value, f"{value:.0f}", promises.get(f"cold start {name}, ms")))
        top = _group("docker run to the first answer, ms beyond Docker's own", bars, top, out)
    out.append(f'<text x="10" y="{top + 10}" fill="{_LIMIT}">red: promised</text>')
    top += 24
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}" '
    head += 'font-family="sans-serif" font-size="12">'
    return "\n".join([head, f'<rect width="{_WIDTH}" height="{top}" fill="white"/>', *out, "</svg>"]) + "\n"
