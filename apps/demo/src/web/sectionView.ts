/**
 * A section of a lesson's result.
 */

import type { Column, Section, Table } from "../lessons/lesson.ts";
import { formatNumber } from "../lessons/numbers.ts";
import { element } from "./element.ts";
import { graphView } from "./graphView.ts";
import { prose } from "./prose.ts";

/** Heading, text, output, table and graph, whatever the section has of them. */
export function sectionView({
  heading,
  text,
  lines,
  table,
  graph,
  measured,
}: Section): HTMLElement {
  return element(
    "section",
    {},
    element("h2", {}, heading),
    measured === true
      ? element("p", { class: "measured" }, "Measured here: another machine gives other times.")
      : undefined,
    text === undefined ? undefined : element("p", {}, ...prose(text)),
    lines === undefined ? undefined : element("pre", { class: "lines" }, lines.join("\n")),
    graph === undefined ? undefined : graphView(graph),
    table === undefined ? undefined : tableView(table, heading),
  );
}

function tableView({ columns, rows }: Table, heading: string): HTMLElement {
  const titles = columns.map((column) =>
    element("th", { scope: "col", class: kindOf(column) }, ...prose(column.title)),
  );
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      ...columns.map((column, i) => {
        const cell = row[i] ?? "";
        const full = typeof cell === "number" ? String(cell) : undefined;
        const shown = typeof cell === "number" ? formatNumber(cell).replace("-", "−") : cell;
        // A cell that is rounded tells the whole number to whoever points at it.
        const title = full === undefined || full === formatNumber(Number(cell)) ? undefined : full;
        const attributes = { class: kindOf(column), title };
        return i === 0 && kindOf(column) === "text"
          ? element("th", { scope: "row", ...attributes }, shown)
          : element("td", attributes, shown);
      }),
    ),
  );
  return element(
    "div",
    { class: "table", tabindex: "0", role: "region", "aria-label": `Table: ${heading}` },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...titles)),
      element("tbody", {}, ...body),
    ),
  );
}

function kindOf({ kind = "text" }: Column): string {
  return kind;
}
