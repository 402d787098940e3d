"""Three pictures for the person who approves: are the predictions right, where are they wrong, and for whom."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np  # noqa: E402
from matplotlib import pyplot  # noqa: E402

from step import Table  # noqa: E402

INK, SOFT, MODEL, BASELINE = "#1f2933", "#9aa5b1", "#2a6f97", "#c9ced6"
STYLE = {
    "figure.dpi": 120,
    "font.size": 10,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
DOLLARS = "100,000 USD"


def draw(folder: Path, table: Table, predicted: np.ndarray, evaluation: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with pyplot.rc_context(STYLE):
        predicted_against_actual(folder / "predicted-against-actual.png", table, predicted, evaluation)
        residuals_on_the_map(folder / "residuals-on-the-map.png", table, predicted)
        error_by_segment(folder / "error-by-segment.png", evaluation)


def predicted_against_actual(path: Path, table: Table, predicted: np.ndarray, evaluation: dict) -> None:
    figure, axes = pyplot.subplots(figsize=(5.6, 5.2), layout="constrained")
    top = float(max(table.target.max(), predicted.max()))
    cells = axes.hexbin(table.target, predicted, gridsize=45, bins="log", mincnt=1, cmap="Blues", linewidths=0.1)
    axes.plot([0, top], [0, top], color=INK, linewidth=0.8)
    axes.set(xlim=(0, top * 1.02), ylim=(0, top * 1.02), xlabel=f"Actual, {DOLLARS}", ylabel=f"Predicted, {DOLLARS}")
    score = evaluation["random"]
    axes.set_title(f"RMSE {score['rmse']:.4f} ± {score['rmse_noise']:.4f}, {counted(score['rows'])} held back at random")
    figure.colorbar(cells, ax=axes, label="Rows", shrink=0.8, format="{x:.0f}")
    save(figure, path)


def residuals_on_the_map(path: Path, table: Table, predicted: np.ndarray) -> None:
    figure, axes = pyplot.subplots(figsize=(6.2, 6.4), layout="constrained")
    residual = predicted - table.target
    order = np.argsort(np.abs(residual), kind="stable")
    points = axes.scatter(
        table.column("longitude")[order],
        table.column("latitude")[order],
        c=residual[order],
        s=7,
        linewidths=0,
        cmap="RdBu_r",
        vmin=-1.5,
        vmax=1.5,
    )
    axes.set_aspect(1 / np.cos(np.radians(37)))
    axes.set(xlabel="Longitude", ylabel="Latitude")
    axes.set_title(f"Where the model is wrong, {counted(len(table))} held back at random")
    figure.colorbar(points, ax=axes, label=f"Predicted minus actual, {DOLLARS}", extend="both", shrink=0.7)
    save(figure, path)


def error_by_segment(path: Path, evaluation: dict) -> None:
    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), layout="constrained")
    segments = sorted(evaluation["segments"].items(), key=lambda item: item[1]["rows"])
    places = np.arange(len(segments))
    for offset, height, colour, label, scores in (
        (-0.19, 0.36, MODEL, "XGBoost", evaluation["segments"]),
        (0.19, 0.36, BASELINE, "Linear baseline", evaluation["baseline"]["segments"]),
    ):
        axes.barh(
            places - offset,
            [scores[name]["rmse"] for name, _ in segments],
            xerr=[scores[name]["rmse_noise"] or 0 for name, _ in segments],
            height=height,
            color=colour,
            error_kw={"ecolor": INK, "elinewidth": 0.8},
            label=label,
        )
    axes.set_yticks(places, [f"{name}\n{counted(score['rows'])}" for name, score in segments])
    axes.set(xlabel=f"RMSE, {DOLLARS}")
    axes.set_title("Error by kind of place, random split")
    axes.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 1.02))
    axes.tick_params(axis="y", length=0)
    save(figure, path)


def counted(rows: int) -> str:
    return f"{rows:,} row" if rows == 1 else f"{rows:,} rows"


def save(figure, path: Path) -> None:
    # Without the version of matplotlib inside, the same figures are the same bytes.
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)
