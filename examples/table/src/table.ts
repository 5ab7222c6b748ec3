/** Reads a CSV file into columns, and converts columns to the inputs of a network. `csv-parse` parses the text. */

import { readFileSync } from "node:fs";
import { concat, oneHot, stack, type Tensor, tensor } from "@graddiff/core";
import { parse } from "csv-parse/sync";

/** A table: its cells by column, in the order of the rows. */
export type Table = Readonly<Record<string, readonly string[]>>;

/** Reads a CSV file whose first row has the names. @throws for rows of another length, by csv-parse. */
export function readTable(file: URL): Table {
  const [names = [], ...rows]: string[][] = parse(readFileSync(file), { bom: true, trim: true });
  return Object.fromEntries(names.map((name, i) => [name, rows.map((row) => row[i] ?? "")]));
}

/** Returns the cells of some columns. @throws if the table lacks one. */
function columnsOf(table: Table, names: readonly string[]): (readonly string[])[] {
  return names.map((name) => {
    const column = table[name];
    if (column === undefined) throw new Error(`no column ${name}, but ${Object.keys(table)}`);
    return column;
  });
}

/**
 * Returns columns of numbers, [rows, columns]: NaN for "NA" and for empty cells.
 *
 * @throws for a cell that is not a number.
 */
export function numbers(table: Table, names: readonly string[]): Tensor {
  const columns = columnsOf(table, names).map((column, i) =>
    tensor(
      column.map((cell, row) => {
        if (cell === "NA" || cell === "") return Number.NaN;
        const value = Number(cell);
        if (!Number.isNaN(value)) return value;
        throw new Error(`${names[i]} of row ${row + 1} is "${cell}", no number`);
      }),
    ),
  );
  return stack(columns, 1);
}

/**
 * Returns the different cells of a column in alphabetical order, and for each row the index of its cell among them,
 * int32.
 */
export function categories(table: Table, name: string): { names: string[]; classes: Tensor } {
  const [column = []] = columnsOf(table, [name]);
  const names = [...new Set(column)].toSorted();
  return {
    names,
    classes: tensor(
      column.map((cell) => names.indexOf(cell)),
      { dtype: "int32" },
    ),
  };
}

/**
 * Returns columns of numbers, with NaN for missing ones, and columns of categories as columns of 0 and 1: [rows,
 * features].
 */
export function features(
  table: Table,
  measured: readonly string[],
  named: readonly string[],
): Tensor {
  const hot = named.map((name) => {
    const { names, classes } = categories(table, name);
    return oneHot(classes, names.length);
  });
  return concat([numbers(table, measured), ...hot], 1);
}
