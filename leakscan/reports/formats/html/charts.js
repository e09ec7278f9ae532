"use strict";
/* Draws each chart when it comes into view, and reads out the point under the pointer or the keys. */
(() => {
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const drawn = new Map();
  const HEIGHT = 240;
  const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

  function color(name, place) {
    return getComputedStyle(place).getPropertyValue(name).trim();
  }

  /* A number of an axis: short, and in the unit of the largest one. */
  function ticks(unit) {
    return (_, values) => {
      const largest = Math.max(...values.map(Math.abs));
      const power = Math.min(largest < 1000 ? 0 : Math.floor(Math.log10(largest) / 3), 5);
      const suffix = unit === "bytes" ? " " + BYTE_UNITS[power] : ["", "k", "M", "G", "T", "P"][power];
      return values.map((value) => (value === 0 ? "0" : +(value / 1000 ** power).toPrecision(6) + suffix));
    };
  }

  /* From zero, unless the series lies far above it; never so close that noise looks like growth. */
  function yRange(chart) {
    const ends = chart.lines.flatMap((line) => [line.start[1], line.end[1]]);
    const most = Math.max(...chart.ys, ...ends);
    const least = Math.min(...chart.ys);
    if (least < most / 2 || chart.yUnit === "entries") {
      return [0, (most || 1) * 1.06];
    }
    const span = Math.max(most - least, most * 0.02);
    return [Math.max(0, least - span * 0.6), least + span * 1.4];
  }

  function lineAt(line) {
    const [[x0, y0], [x1, y1]] = [line.start, line.end];
    return (x) => (x < x0 ? null : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0));
  }

  function shadeWarmUp(chart, place) {
    return (plot) => {
      if (chart.warmUpEnd === null) {
        return;
      }
      const left = plot.valToPos(0, "x", true);
      const right = plot.valToPos(chart.warmUpEnd, "x", true);
      plot.ctx.fillStyle = color("--shade", place);
      plot.ctx.fillRect(left, plot.bbox.top, Math.max(right - left, 1), plot.bbox.height);
    };
  }

  function options(chart, figure, place, readout) {
    const muted = color("--muted", figure);
    const grid = { stroke: color("--line", figure), width: 1 };
    const axis = { stroke: muted, grid, ticks: grid, font: "12px system-ui, sans-serif" };
    const series = color("--series", figure);
    return {
      width: Math.max(place.clientWidth, 200),
      height: HEIGHT,
      padding: [10, 14, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 9, fill: series } },
      scales: {
        x: { time: false, range: () => [0, chart.xs[chart.xs.length - 1]] },
        y: { range: () => yRange(chart) },
      },
      axes: [
        { ...axis, values: ticks("count"), label: chart.xUnit, labelSize: 18, labelFont: axis.font, size: 32, space: 70 },
        { ...axis, values: ticks(chart.yUnit), size: 74 },
      ],
      // Broad and beneath: samples that lie on the trend would hide a line as thin as their own.
      series: [
        {},
        ...chart.lines.map((line) => ({
          stroke: color(line.isBound ? "--filling" : "--trend", figure),
          width: line.isBound ? 2 : 9,
          points: { show: false },
        })),
        { stroke: series, width: 2, points: { show: true, size: chart.xs.length > 40 ? 4 : 7, fill: series } },
      ],
      hooks: {
        drawClear: [shadeWarmUp(chart, figure)],
        setCursor: [(plot) => readout(plot.cursor.idx ?? null)],
      },
    };
  }

  function draw(figure) {
    const chart = charts[Number(figure.dataset.chart)];
    const place = figure.querySelector(".plot");
    const note = figure.querySelector(".readout");
    const summary = (note.dataset.summary ??= note.textContent);
    const last = chart.xs.length - 1;
    const show = (index) => {
      note.textContent = index === null ? summary : chart.texts[index];
      place.setAttribute("aria-valuenow", String(index ?? last));
      place.setAttribute("aria-valuetext", chart.texts[index ?? last]);
    };
    drawn.get(figure)?.destroy();
    const data = [chart.xs, ...chart.lines.map((line) => chart.xs.map(lineAt(line))), chart.ys];
    const plot = new uPlot(options(chart, figure, place, show), data, place);
    drawn.set(figure, plot);
    if (!place.hasAttribute("role")) {
      makeSlider(place, `${place.dataset.label}: ${summary}`, last, () => drawn.get(figure), show);
    }
    show(null);
  }

  /* The points can be walked through with the arrow keys, and are read out. */
  function makeSlider(place, label, last, plot, show) {
    const attributes = { role: "slider", tabindex: "0", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": String(last) };
    Object.entries(attributes).forEach(([name, value]) => place.setAttribute(name, value));
    let index = last;
    const move = (to) => {
      index = Math.min(Math.max(to, 0), last);
      const [x, y] = [plot().data[0][index], plot().data.at(-1)[index]];
      plot().setCursor({ left: plot().valToPos(x, "x"), top: plot().valToPos(y, "y") }, false);
      show(index);
    };
    const keys = {
      ArrowLeft: () => move(index - 1),
      ArrowDown: () => move(index - 1),
      ArrowRight: () => move(index + 1),
      ArrowUp: () => move(index + 1),
      Home: () => move(0),
      End: () => move(last),
    };
    place.addEventListener("keydown", (event) => {
      if (keys[event.key]) {
        event.preventDefault();
        keys[event.key]();
      }
    });
    place.addEventListener("blur", () => plot().setCursor({ left: -10, top: -10 }));
  }

  function redraw() {
    [...drawn.keys()].forEach(draw);
  }

  document.documentElement.classList.add("drawing");
  const figures = [...document.querySelectorAll("figure.chart")];
  const seen = new IntersectionObserver(
    (entries) =>
      entries
        .filter((entry) => entry.isIntersecting)
        .forEach((entry) => {
          seen.unobserve(entry.target);
          draw(entry.target);
        }),
    { rootMargin: "300px" },
  );
  figures.forEach((figure) => seen.observe(figure));
  new ResizeObserver(() =>
    drawn.forEach((plot, figure) => {
      const width = figure.querySelector(".plot").clientWidth;
      if (width > 0 && width !== plot.width) {
        plot.setSize({ width, height: HEIGHT });
      }
    }),
  ).observe(document.body);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  /* Paper is white, and shows what is unfolded whether it has been scrolled to or not. */
  addEventListener("beforeprint", () => {
    document.documentElement.classList.add("on-paper");
    figures.filter((figure) => !figure.closest("details:not([open])")).forEach(draw);
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("on-paper");
    redraw();
  });
})();
