/**
 * A lesson as text of at most 80 columns.
 */

import type { Graph } from "@graddiff/core";
import type { Catalogue } from "../course/catalogue/index.ts";
import { formulas } from "../course/formulas.ts";
import type { InputValues, Lesson } from "../course/lesson.ts";
import { type Timing, timing, WAYS } from "../course/lessons/timing.ts";
import { type Digits, formatNumber, formatTensor } from "../instrument/format.ts";
import { filled } from "../instrument/template.ts";
import { errorAfter, Training } from "../instrument/training.ts";
import type { Styles } from "./style.ts";
import { renderTable } from "./table.ts";
import { widthOf, wrap } from "./text.ts";

/** No line is longer, however wide the terminal. */
export const COLUMNS = 80;

/** How everything is shown. */
export interface Look {
  readonly texts: Catalogue;
  readonly digits: Digits;
  readonly styles: Styles;
}

/** Everything about one lesson. */
export function renderLesson(lesson: Lesson, inputs: InputValues, look: Look): string[] {
  const { texts, styles } = look;
  const { title } = texts.lessons[lesson.name];
  const graph = lesson.explain(inputs);
  return [
    styles.title(title),
    styles.faint("━".repeat(Math.min(widthOf(title), COLUMNS))),
    ...stepLines(lesson, inputs, graph, look),
    ...section(
      texts.program.heading,
      lesson.programs.flatMap((lines) => ["", ...lines]).slice(1),
      look,
    ),
    ...section(texts.program.prints, lesson.prints?.(inputs) ?? [], look),
    ...section(texts.terminal.graph, graphLines(graph, lesson, look), look),
    ...(lesson.panel === "training"
      ? section(texts.terminal.training, trainingLines(inputs, look), look)
      : []),
    ...(lesson.panel === "speed" ? ["", ...speedLines(inputs["purchases"] ?? 1, look)] : []),
  ];
}

function section(heading: string, lines: readonly string[], { styles }: Look): string[] {
  return lines.length === 0 ? [] : ["", styles.heading(heading), ...lines];
}

/** The texts of the guided run, with their numbers and formulas. */
function stepLines(lesson: Lesson, inputs: InputValues, graph: Graph, look: Look): string[] {
  const { texts, digits } = look;
  const steps: Readonly<Record<string, string>> = texts.lessons[lesson.name].steps;
  return lesson.run.flatMap(({ key, formula }, i) => {
    const text = filled(steps[key] ?? "", ({ kind, name }) => {
      if (kind === "input") return formatNumber(inputs[name] ?? Number.NaN, digits);
      if (kind === "after") return errorAfter(inputs, Number(name));
      return formatTensor(graph.node(name)?.[kind], digits);
    });
    return [
      ...(i === 0 ? [] : [""]),
      ...wrap(text, COLUMNS),
      ...(formula === undefined ? [] : [`    ${formulas[formula].text}`]),
    ];
  });
}

export function drawingOf(graph: Graph, digits: Digits): string[] {
  const text = graph.text(digits === "exact" ? {} : { digits });
  return text.trimEnd().split("\n");
}

/** The drawing where it fits; otherwise its nodes, those of a folded graph where the lesson folds. */
function graphLines(graph: Graph, lesson: Lesson, look: Look): string[] {
  const { texts, digits, styles } = look;
  const drawing = drawingOf(graph, digits);
  const fits = drawing.every((line) => widthOf(line) <= COLUMNS);
  if (fits && drawing.some((line) => line.includes("─"))) return drawing;
  const { table, node: words } = texts;
  const { folded = [] } = lesson;
  const { nodes, routes } = graph.layout({ folded });
  const name = (id: number) => {
    const node = graph.nodes[id];
    return node?.name ?? node?.op?.symbol ?? formatTensor(node?.value, digits);
  };
  const rows = [...nodes]
    .sort((a, b) => a.id - b.id)
    .map(({ id }) => {
      const node = graph.nodes[id];
      const from = routes.filter(({ to }) => to === id).map((route) => name(route.from));
      return [
        name(id),
        node?.op?.symbol ?? (node?.kind === "constant" ? words.constant : words.input),
        [...new Set(from)].join(" "),
        formatTensor(node?.value, digits),
        formatTensor(node?.gradient, digits),
      ];
    });
  const columns = [
    { title: table.node },
    { title: table.operation },
    { title: table.inputs },
    { title: table.value, kind: "value" },
    { title: table.gradient, kind: "gradient" },
  ] as const;
  const lines = renderTable(columns, rows, styles).map((line) => `  ${line}`);
  return [styles.faint(texts.terminal.tooWide), ...lines];
}

const SHOWN_STEPS = [0, 1, 10, 100, 1000];

function trainingLines(inputs: InputValues, { texts, digits }: Look): string[] {
  const training = new Training(inputs);
  const lines: string[] = [];
  for (const steps of SHOWN_STEPS) {
    while (training.steps < steps) training.step();
    const error = formatNumber(training.errors.at(-1) ?? Number.NaN, digits);
    lines.push(`  ${texts.training.steps(String(steps))}: ${texts.training.error} = ${error}`);
  }
  return lines;
}

/** The times of the four ways. */
export function speedLines(purchases: number, { texts, styles }: Look): string[] {
  const result = timesOf(purchases);
  const words = texts.speed;
  const rows = WAYS.map((way) => [
    way === "wasm" && !result.hasWasm ? words.noWasm : words[way],
    result.best[way].toFixed(2),
    (purchases / result.best[way] / 1000).toFixed(0),
  ]);
  const columns = [
    { title: words.way },
    { title: words.best, kind: "number" },
    { title: words.rate, kind: "number" },
  ] as const;
  return [
    styles.heading(texts.terminal.times(purchases.toLocaleString("en"))),
    ...renderTable(columns, rows, styles).map((line) => `  ${line}`),
    `  ${result.agree ? words.agree : words.differ}`,
  ];
}

export function timesOf(purchases: number): Timing {
  const run = timing(purchases);
  let step = run.next();
  while (!step.done) step = run.next();
  return step.value;
}
