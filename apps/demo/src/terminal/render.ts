/**
 * A lesson's result as text.
 */

import type { Graph } from "@graddiff/core";
import type { Lesson, LessonResult, Section } from "../lessons/lesson.ts";
import type { Styles } from "./style.ts";
import { renderTable } from "./table.ts";
import { widthOf, wrap } from "./text.ts";

/** Longer lines of prose are hard to read, however wide the terminal. */
const WIDEST_PROSE = 80;

/** Everything about one lesson, ending in a line break. */
export function renderLesson(
  lesson: Lesson,
  result: LessonResult,
  columns: number,
  styles: Styles,
): string {
  const prose = Math.min(columns, WIDEST_PROSE);
  const rule = "━".repeat(Math.min(widthOf(lesson.title), prose));
  const head = [styles.title(lesson.title), styles.faint(rule), ...wrap(lesson.explanation, prose)];
  const sections = result.sections.flatMap((section) => [
    "",
    ...renderSection(section, columns, prose, styles),
  ]);
  return `${[...head, ...sections].join("\n")}\n`;
}

function renderSection(section: Section, columns: number, prose: number, styles: Styles): string[] {
  const { heading, text, lines, table, graph, measured } = section;
  const note = measured === true ? " (measured here; another machine gives other times)" : "";
  const blocks = [
    [
      `${styles.heading(heading)}${styles.faint(note)}`,
      ...(text === undefined ? [] : wrap(text, prose)),
    ],
    // Exactly as they are, so that they can be compared with the output of other programs.
    ...(lines === undefined ? [] : [[...lines]]),
    ...(table === undefined ? [] : [renderTable(table, styles).map((line) => `  ${line}`)]),
    ...(graph === undefined ? [] : [renderGraph(graph, columns, styles)]),
  ];
  return blocks.flatMap((block, i) => (i < 2 ? block : ["", ...block]));
}

/** The drawing where it fits; otherwise what it says, as a table of the named nodes. */
function renderGraph(graph: Graph, columns: number, styles: Styles): string[] {
  const drawing = graph.text().trimEnd().split("\n");
  const width = Math.max(...drawing.map(widthOf));
  if (width <= columns && drawing.some((line) => line.includes("─"))) return drawing;
  const rows = graph.nodes.flatMap(({ name, op, value, gradient }) =>
    name === undefined
      ? []
      : [[name, op?.symbol ?? "input", value?.item() ?? "", gradient?.item() ?? ""]],
  );
  const table = {
    columns: [
      { title: "node" },
      { title: "made by" },
      { title: "value", kind: "value" },
      { title: "gradient", kind: "gradient" },
    ],
    rows,
  } as const;
  return [
    ...renderTable(table, styles).map((line) => `  ${line}`),
    styles.faint("  The drawing is too wide for this terminal; npm run demo:web shows it."),
  ];
}
