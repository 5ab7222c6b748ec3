// The numbers of a report (`npm run bench:rivals -- --report`) as text and as drawings. Nothing is measured here.

/** The display names of the libraries with one thread, which are drawn. */
export const LIBRARIES = {
  graddiff: "graddiff",
  tfjs: "TensorFlow.js",
  "jax-js": "jax-js",
  PyTorch: "PyTorch",
};

/** A colour for each part of a drawing. */
const THEMES = {
  light: { paper: "#ffffff", text: "#1e293b", quiet: "#475569", own: "#1d4ed8", other: "#94a3b8" },
  dark: { paper: "#1b1b1f", text: "#e2e8f0", quiet: "#a8b3c4", own: "#7db4ff", other: "#64748b" },
};

/** Rounds to three significant digits. @param {number} value */
export const rounded = (value) => Number(value.toPrecision(3)).toString();

/** Returns all numbers as comma-separated values, a line for each library and workload, in milliseconds. */
export function csvOf({ runs }) {
  const cell = (value = "") => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const header = "host,group,workload,library,median_ms,first_ms,difference,remark";
  const lines = runs.flatMap(({ host, results }) =>
    results.flatMap(({ group, workload, timings }) =>
      timings.map(({ library, median, first, difference, reason, note }) =>
        [host, group, workload, library, median, first, difference, reason ?? note]
          .map((value) => cell(value?.toString()))
          .join(","),
      ),
    ),
  );
  return `${[header, ...lines].join("\n")}\n`;
}

/** Returns the name of the files of a chart, without theme and ending. @param {string} host @param {string} group */
export const chartName = (host, group) =>
  `${host.split(" ")[0]} ${group}`.toLowerCase().replaceAll(" ", "-");

/** Returns a chart for each group of a run and each theme, as SVG by the names of files. */
export function chartsOf({ runs }) {
  return Object.fromEntries(
    runs.flatMap(({ host, results }) =>
      [...new Set(results.map(({ group }) => group))].flatMap((group) => {
        const rows = results.filter((row) => row.group === group);
        return Object.entries(THEMES).map(([theme, colours]) => [
          `${chartName(host, group)}-${theme}.svg`,
          chart(`${group}, in ${host.split(",")[0]}`, rows, colours),
        ]);
      }),
    ),
  );
}

/** The width of a drawing, for phones; the left end of the bars, and the length of the longest one, in pixels. */
const WIDTH = 360;
const LEFT = 92;
const LONGEST = 200;
const LINE = 17;

/**
 * Draws the medians of some workloads as bars. The bars of one workload have one scale, which begins at zero; a library
 * without a number has a reason instead.
 *
 * @param {string} title
 * @param {readonly object[]} rows
 * @param {typeof THEMES.light} colours
 */
export function chart(title, rows, { paper, text, quiet, own, other }) {
  let y = 50;
  const parts = [
    `<text x="0" y="16" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    `<text x="0" y="33" fill="${quiet}">Milliseconds of a call, median. Lower is better.</text>`,
  ];
  for (const { workload, timings } of rows) {
    const drawn = timings.filter(({ library }) => library in LIBRARIES);
    const longest = Math.max(...drawn.map(({ median }) => median ?? 0));
    y += 12;
    parts.push(`<text x="0" y="${y}" font-weight="bold">${escaped(workload)}</text>`);
    for (const { library, median, reason } of drawn) {
      y += LINE;
      parts.push(`<text x="0" y="${y}">${LIBRARIES[library]}</text>`);
      if (median === undefined) {
        parts.push(`<text x="${LEFT}" y="${y}" fill="${quiet}">${escaped(cut(reason))}</text>`);
        continue;
      }
      const length = Number(((LONGEST * median) / longest).toFixed(2));
      const colour = library === "graddiff" ? own : other;
      parts.push(
        `<rect x="${LEFT}" y="${y - 10}" width="${length}" height="12" fill="${colour}"/>`,
        `<text x="${(LEFT + length + 5).toFixed(2)}" y="${y}">${rounded(median)}</text>`,
      );
    }
    y += 14;
  }
  const said = `${title}: milliseconds of a call by library, lower is better`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" font-size="12" fill="${text}"><title>${escaped(said)}</title><rect width="${WIDTH}" height="${y}" fill="${paper}"/>${parts.join("")}</svg>\n`;
}

/** Shortens a reason so that it fits beside a name. */
const cut = (reason = "no number") => {
  const told = reason.replace(/^no call of it stands in .*$/, "not measured: no program for it");
  return told.length > 42 ? `${told.slice(0, 41)}…` : told;
};

const escaped = (text) => text.replace(/[&<>]/g, (each) => `&#${each.codePointAt(0)};`);
