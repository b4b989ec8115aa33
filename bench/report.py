"""Rounds of figures -> a table in Markdown and a plot in SVG."""

import statistics


def median_and_spread(values):
    return statistics.median(values), (max(values) - min(values)) / statistics.median(values) if values else 0


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def ratio(mine, theirs, better):
    """How many times better than the best of the others; None if there is none."""
    if not theirs or not mine or mine <= 0 or min(theirs) <= 0:
        return None
    return mine / max(theirs) if better == "more" else min(theirs) / mine


def rows(works, results, servers):
    """results: (work, key, server name) -> values of the rounds. Yields (work, unit, {name: text}, ratio)."""
    for work, _, figures in works:
        for key, unit, better in figures:
            cells, medians = {}, {}
            for server in servers:
                values = results.get((work, key, server.name))
                if values:
                    medians[server.name], spread = median_and_spread(values)
                    cells[server.name] = f"{number(medians[server.name])} ±{spread * 50:.0f} %"
                else:
                    cells[server.name] = "–"
            others = [value for name, value in medians.items() if name != servers[0].name]
            yield work, unit, cells, ratio(medians.get(servers[0].name), others, better)


def markdown(works, results, servers, rounds, gaps):
    lines = ["| work | | " + " | ".join(server.label for server in servers) + " | ratio |",
             "|---|---|" + "---:|" * (len(servers) + 1)]
    last = None
    for work, unit, cells, times in rows(works, results, servers):
        first = work if work != last else ""
        last = work
        cell = f"{times:.1f} x" if times else "–"
        lines.append(f"| {first} | {unit} | " + " | ".join(cells[server.name] for server in servers) + f" | {cell} |")
    lines += ["", f"Medians of {rounds} rounds, the servers in turn; ± half the spread; the ratio is to the best of the others."]
    lines += [f"- {gap}" for gap in gaps]
    return "\n".join(lines) + "\n"


def svg(works, results, servers):
    """One bar for each figure: how many times better than the best of the others, on a logarithmic scale."""
    import math

    bars = [(f"{work}: {unit}", times) for work, unit, _, times in rows(works, results, servers) if times]
    if not bars:
        return ""
    left, width, height = 330, 400, 20
    low, high = math.log10(min(0.5, *(times for _, times in bars))), math.log10(max(10, *(times for _, times in bars)))

    def x(times):
        return left + (math.log10(times) - low) / (high - low) * width

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 70}" height="{height * len(bars) + 40}" '
             'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="white"/>']
    for index, (label, times) in enumerate(bars):
        y = 10 + index * height
        begin, end = sorted((x(1), x(times)))
        colour = "#2a7f4f" if times >= 1 else "#b03a2e"
        parts.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{label}</text>')
        parts.append(f'<rect x="{begin:.1f}" y="{y + 3}" width="{max(1, end - begin):.1f}" height="13" fill="{colour}"/>')
        parts.append(f'<text x="{end + 4:.1f}" y="{y + 13}">{times:.1f}</text>')
    bottom = 10 + height * len(bars)
    parts.append(f'<line x1="{x(1):.1f}" y1="6" x2="{x(1):.1f}" y2="{bottom}" stroke="black"/>')
    parts.append(f'<text x="{x(1):.1f}" y="{bottom + 16}" text-anchor="middle">1 = the best of the others</text>')
    return "\n".join(parts) + "\n</svg>\n"
