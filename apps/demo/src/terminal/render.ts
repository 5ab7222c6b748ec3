/**
 * A lesson as text of at most 80 columns.
 */

import type { Graph, Tensor } from "@graddiff/core";
import type { Catalogue } from "../course/catalogue/index.ts";
import { formulas } from "../course/formulas.ts";
import type { InputValues, Lesson, Situation } from "../course/lesson.ts";
import { isWeight } from "../course/lessons/network.ts";
import { timing } from "../course/lessons/timing.ts";
import { type Timing, WAYS } from "../course/lessons/ways.ts";
import { updateLines } from "../instrument/descent.ts";
import { signOf } from "../instrument/equation.ts";
import { type Digits, formatNumber, formatTensor } from "../instrument/format.ts";
import { factorText, formulaOf } from "../instrument/formula.ts";
import { lossName } from "../instrument/loss.ts";
import { fractionText, shareLines, shareSum } from "../instrument/shares.ts";
import { filled, sentencesOf } from "../instrument/template.ts";
import { Training } from "../instrument/training.ts";
import { choiceText } from "../own/sentences.ts";
import type { Styles } from "./style.ts";
import { renderTable } from "./table.ts";
import { widthOf, wrap } from "./text.ts";

/** The most columns of a line, for every width of the terminal. */
export const COLUMNS = 80;

/** The options of the output: texts, styles and digits. */
export interface Look {
  readonly texts: Catalogue;
  readonly digits: Digits;
  readonly styles: Styles;
}

/**
 * Returns the text of one lesson.
 *
 * @param forwardBy the input by which forward mode differentiates. Default: reverse mode.
 */
export function renderLesson(
  lesson: Lesson,
  inputs: InputValues,
  look: Look,
  forwardBy?: string,
): string[] {
  const { texts, styles } = look;
  const { title } = texts.lessons[lesson.name];
  const graph = lesson.explain(inputs);
  return [
    styles.title(title),
    styles.faint("━".repeat(Math.min(widthOf(title), COLUMNS))),
    ...stepLines(lesson, situationOf(lesson, inputs, graph, look, forwardBy), look),
    ...section(texts.own.read, readingLines(lesson, look), look),
    ...section(
      texts.program.heading,
      lesson.programs.flatMap((lines) => ["", ...lines]).slice(1),
      look,
    ),
    ...section(texts.program.prints, lesson.prints?.(inputs) ?? [], look),
    ...graphSections(graph, lesson, look, forwardBy),
    ...section(texts.shares.heading, shareTexts(graph, lesson, look), look),
    ...(lesson.training === undefined || lesson.own !== undefined
      ? []
      : trainingSections(graph, lesson, inputs, look)),
    ...section(texts.own.code, lesson.own?.code(inputs) ?? [], look),
  ];
}

function section(heading: string, lines: readonly string[], { styles }: Look): string[] {
  return lines.length === 0 ? [] : ["", styles.heading(heading), ...lines];
}

/** Returns a typed function with all brackets, and the choices of the parser with their alternatives. */
function readingLines({ own }: Lesson, { texts }: Look): string[] {
  if (own === undefined) return [];
  const choices = own.choices.map((choice) => {
    const others = choice.others.map(({ shown }) => texts.own.write(shown)).join(", ");
    return `${choiceText(texts, choice)}; ${others}`;
  });
  const lines = [...own.written, ...choices].flatMap((line) => wrap(line, COLUMNS - 2));
  return lines.map((line) => `  ${line}`);
}

/** Returns the state of a lesson that the terminal shows, from which the conditions of sentences are computed. */
export function situationOf(
  lesson: Lesson,
  inputs: InputValues,
  graph: Graph,
  { digits }: Look,
  forwardBy: string | undefined,
): Situation {
  const isDrawn = lesson.forwardOnly !== true && fittingDrawing(graph, digits) !== undefined;
  return {
    inputs,
    graph,
    digits,
    mode: forwardBy === undefined ? { kind: "reverse" } : { kind: "forward", by: forwardBy },
    isDerivativeShown: () => isDrawn,
    isProductShown: () => false,
    isFolded: (name) => lesson.folded?.includes(name) === true,
    hasChecks: false,
    hasShares: lesson.shares !== undefined,
  };
}

/** Returns the sentences of the guided run that are true, with their numbers and formulas. */
function stepLines(lesson: Lesson, now: Situation, look: Look): string[] {
  return lesson.run.flatMap((step, i) => {
    const said = sentencesOf(lesson, step, now, look.texts, "terminal");
    const text = said.map((each) => filled(each.text, lesson, now)).join(" ");
    const { formula } = step;
    return [
      ...(i === 0 ? [] : [""]),
      ...(text === "" ? [] : wrap(text, COLUMNS)),
      ...(formula === undefined ? [] : [`    ${formulas[formula].text}`]),
    ];
  });
}

export function drawingOf(graph: Graph, digits: Digits): string[] {
  const text = graph.text(digits === "exact" ? {} : { digits });
  return text.trimEnd().split("\n");
}

/**
 * Returns the graph with gradients, and with the derivatives of forward mode if they are requested or a step has them.
 */
function graphSections(
  graph: Graph,
  lesson: Lesson,
  look: Look,
  forwardBy: string | undefined,
): string[] {
  const { texts } = look;
  const by = forwardBy ?? lesson.run.find((step) => step.forwardBy !== undefined)?.forwardBy;
  const lines =
    lesson.forwardOnly === true
      ? section(texts.terminal.values, tableOf(graph, lesson, look), look)
      : section(texts.terminal.graph, graphLines(graph, lesson, look), look);
  const forward =
    by === undefined
      ? []
      : section(`${texts.stage.legendTangent(by)}:`, tableOf(graph, lesson, look, by), look);
  return forwardBy === undefined ? [...lines, ...forward] : forward;
}

/** Returns the drawing if it fits, else a table of nodes. */
function graphLines(graph: Graph, lesson: Lesson, look: Look): string[] {
  const { texts, digits, styles } = look;
  const drawing = fittingDrawing(graph, digits);
  if (drawing !== undefined) return drawing;
  return [styles.faint(texts.terminal.tooWide), ...tableOf(graph, lesson, look)];
}

/** Returns the drawing; undefined if it is too wide, or only a list. */
function fittingDrawing(graph: Graph, digits: Digits): string[] | undefined {
  const drawing = drawingOf(graph, digits);
  const fits = drawing.every((line) => widthOf(line) <= COLUMNS);
  return fits && drawing.some((line) => line.includes("─")) ? drawing : undefined;
}

/** Returns a function that names a node: its name, or a substitute. */
function namer({ nodes }: Graph, digits: Digits): (id: number) => string {
  return (id) => {
    const node = nodes[id];
    return node?.name ?? node?.op?.symbol ?? formatTensor(node?.value, digits);
  };
}

/**
 * Returns a table of the nodes that are not folded, with derivatives by an input, with gradients, or with only values.
 */
function tableOf(graph: Graph, lesson: Lesson, look: Look, by?: string): string[] {
  const { digits, styles } = look;
  const { table, stage, node: words } = look.texts;
  const nameOf = namer(graph, digits);
  const tangents = by === undefined ? undefined : graph.tangents({ [by]: 1 });
  const derivative = (id: number): Tensor | undefined =>
    tangents === undefined ? graph.nodes[id]?.gradient : tangents[id];
  const hasDerivatives = by !== undefined || lesson.forwardOnly !== true;
  const rows = [...graph.layout({ folded: lesson.folded ?? [] }).nodes]
    .sort((a, b) => a.id - b.id)
    .map((place) => {
      const node = graph.nodes[place.id];
      const kind = node?.kind === "constant" ? words.constant : words.input;
      return [
        nameOf(place.id),
        formulaOf(graph, place, nameOf) ?? kind,
        formatTensor(node?.value, digits),
        ...(hasDerivatives ? [formatTensor(derivative(place.id), digits)] : []),
      ];
    });
  const columns = [
    { title: table.node },
    { title: table.operation },
    { title: table.value, kind: "value" },
    ...(hasDerivatives
      ? [{ title: by === undefined ? table.gradient : stage.tangent, kind: "gradient" } as const]
      : []),
  ] as const;
  return renderTable(columns, rows, styles).map((line) => `  ${line}`);
}

/** Returns the shares of the errors, and their sums at the hidden nodes. */
function shareTexts(graph: Graph, lesson: Lesson, { texts, digits }: Look): string[] {
  const shares = lesson.shares?.(graph);
  if (shares === undefined) return [];
  return [
    ...shares.edges.flatMap((share) => [
      `  ${share.to} → ${share.from}: ${share.weightName} / (${share.weightName} + ${share.otherName}): ${fractionText(share, digits)}`,
      `    ${texts.shares.carried}: ${shareLines(share, digits).join(" ")}`,
    ]),
    ...Object.keys(shares.nodes).map(
      (name) => `  ${texts.shares.sum(name)}: ${shareSum(shares, name, digits)?.join(" ") ?? ""}`,
    ),
  ];
}

const SHOWN_STEPS = [0, 1, 10, 100, 1000];

function trainingSections(graph: Graph, lesson: Lesson, inputs: InputValues, look: Look): string[] {
  const { terminal } = look.texts;
  return [
    ...section(terminal.factors, factorLines(graph, lesson, look), look),
    ...section(terminal.updates, updatedLines(graph, lesson, inputs, look), look),
    ...section(terminal.training, trainingLines(lesson, inputs, look), look),
  ];
}

/** Returns the lines of the factors on the edges into the outputs. */
function factorLines(graph: Graph, lesson: Lesson, { digits }: Look): string[] {
  const nameOf = namer(graph, digits);
  const { nodes, routes } = graph.layout({ folded: lesson.folded ?? [] });
  const hides = new Map(nodes.map((node) => [node.id, node.hides]));
  return routes.flatMap((route) => {
    const [from, to] = [nameOf(route.from), nameOf(route.to)];
    const text = factorText(graph, route, hides.get(route.to) ?? [], nameOf, digits);
    return text === undefined || !isWeight(from) ? [] : [`  ${from} → ${to}: ${text}`];
  });
}

/** Returns the first update of all parameters. With points, it uses their mean gradient. */
function updatedLines(
  graph: Graph,
  lesson: Lesson,
  inputs: InputValues,
  { digits }: Look,
): string[] {
  const { rate = 0 } = inputs;
  const plan = lesson.training;
  if (plan === undefined || plan.data !== undefined) return [];
  return plan.parameters(inputs).map((name) => {
    const { value, gradient } = graph.node(name) ?? {};
    const [number, slope] = [value, gradient].map((each) => each?.item() ?? Number.NaN);
    return `  ${name}: ${updateLines(number ?? 0, rate, slope ?? 0, digits).join(" ")}`;
  });
}

function trainingLines(lesson: Lesson, inputs: InputValues, { texts, digits }: Look): string[] {
  const plan = lesson.training;
  if (plan === undefined) return [];
  const training = new Training(plan, inputs);
  const lines: string[] = [];
  const result = lesson.explain(inputs);
  const name = lossName(lesson, result, texts);
  for (const steps of SHOWN_STEPS) {
    while (training.steps < steps && !training.isLost) training.step();
    const { error } = training;
    const shown = `${signOf(error, digits)} ${formatNumber(error, digits)}`;
    lines.push(`  ${texts.training.steps(steps)}: ${name} ${shown}`);
    if (training.isLost) break;
  }
  return lines;
}

/** Returns the times of the four ways. */
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
    styles.heading(texts.terminal.times(texts.count(purchases))),
    ...renderTable(columns, rows, styles).map((line) => `  ${line}`),
    ...wrap(result.agree ? words.agree : words.differ, COLUMNS - 2).map((line) => `  ${line}`),
  ];
}

export function timesOf(purchases: number): Timing {
  const run = timing(purchases);
  let step = run.next();
  while (!step.done) step = run.next();
  return step.value;
}
