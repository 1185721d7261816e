// Runs in the browser: draws the plots of the report. `uPlot` is there already.
const { time, latency } = JSON.parse(document.getElementById("data").textContent);
const color = "#3b6fd4";
const size = { width: 900, height: 260 };
const draw = (id, options, data) => new uPlot({ ...size, ...options }, data, document.getElementById(id));
const whole = (_, values) => values.map((value) => (Number.isInteger(value) ? value.toLocaleString("en") : ""));

draw(
  "time",
  {
    scales: { x: { time: false } },
    axes: [{ label: "seconds" }, { values: whole, size: 70 }],
    series: [
      { label: "seconds" },
      { label: "pages", stroke: color, fill: `${color}22`, width: 2, points: { show: false } },
    ],
  },
  [time.x, time.y],
);

const from = latency.x.map((ms) => (ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString("en")));
draw(
  "latency",
  {
    scales: { x: { time: false, range: [-0.6, latency.x.length - 0.4] } },
    axes: [
      {
        label: "milliseconds, from",
        splits: () => latency.x.map((_, i) => i),
        values: (_, places) => places.map((i) => from[i]),
      },
      { values: whole, size: 70 },
    ],
    series: [
      { label: "milliseconds, from", value: (_, i) => from[i] ?? "" },
      {
        label: "requests",
        stroke: color,
        fill: `${color}88`,
        paths: uPlot.paths.bars({ size: [0.9] }),
        points: { show: false },
      },
    ],
  },
  [latency.x.map((_, i) => i), latency.y],
);
