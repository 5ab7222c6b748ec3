/**
 * A sheet of character cells for drawing with text and box-drawing lines. It refuses to draw over
 * what is there already: texts never touch texts or lines, and lines of different nets only cross.
 */

import { at } from "../tensor/shape.ts";
import { columnsOfCharacter } from "./columns.ts";

const UP = 1;
const RIGHT = 2;
const DOWN = 4;
const LEFT = 8;

/** The character for every union of UP, RIGHT, DOWN and LEFT. */
const LINES = [..." │─└││┌├─┘─┴┐┤┬┼"];

interface Cell {
  text: string | undefined;
  /** The union of directions in which lines leave the cell. */
  directions: number;
  /** The nets whose lines run here; a crossing has one net in each direction. */
  horizontal: number | undefined;
  vertical: number | undefined;
}

export class Grid {
  readonly #rows: Cell[][] = [];

  #cell(row: number, column: number): Cell {
    while (this.#rows.length <= row) this.#rows.push([]);
    const cells = at(this.#rows, row);
    while (cells.length <= column) {
      cells.push({ text: undefined, directions: 0, horizontal: undefined, vertical: undefined });
    }
    return at(cells, column);
  }

  /**
   * Writes a text from a cell on to the right.
   * @throws Error where a cell is not empty.
   */
  write(row: number, column: number, text: string): void {
    let next = column;
    let last: Cell | undefined;
    for (const character of text) {
      const width = columnsOfCharacter(character);
      if (width === 0 && last !== undefined) {
        last.text += character;
        continue;
      }
      last = this.#put(row, next++, character);
      if (width === 2) this.#put(row, next++, "");
    }
  }

  #put(row: number, column: number, text: string): Cell {
    const cell = this.#cell(row, column);
    if (cell.text !== undefined || cell.directions !== 0) throw collision(row, column);
    cell.text = text;
    return cell;
  }

  /** A line along a row, from the middle of one cell to the middle of another. */
  horizontal(row: number, from: number, to: number, net: number): void {
    for (let column = from; column <= to; column++) {
      const cell = this.#cell(row, column);
      if (cell.text !== undefined || (cell.horizontal ?? net) !== net) throw collision(row, column);
      cell.horizontal = net;
      if (column > from) cell.directions |= LEFT;
      if (column < to) cell.directions |= RIGHT;
      // A line of a single cell has no direction, but must show.
      if (from === to) cell.directions |= RIGHT;
    }
  }

  /** A line along a column. */
  vertical(column: number, from: number, to: number, net: number): void {
    for (let row = from; row <= to; row++) {
      const cell = this.#cell(row, column);
      if (cell.text !== undefined || (cell.vertical ?? net) !== net) throw collision(row, column);
      cell.vertical = net;
      if (row > from) cell.directions |= UP;
      if (row < to) cell.directions |= DOWN;
    }
  }

  /** Returns the sheet as lines of text without trailing spaces. */
  toString(): string {
    const lines = this.#rows.map((cells, row) =>
      cells
        .map((cell, column) => cell.text ?? lineCharacter(cell, row, column))
        .join("")
        .trimEnd(),
    );
    return lines.join("\n");
  }
}

function lineCharacter(cell: Cell, row: number, column: number): string {
  const { directions, horizontal, vertical } = cell;
  if (horizontal === undefined || vertical === undefined || horizontal === vertical) {
    return at(LINES, directions);
  }
  if (directions !== (UP | RIGHT | DOWN | LEFT)) throw collision(row, column);
  // One line passes over the other; ┼ would look like a joint.
  return "│";
}

function collision(row: number, column: number): Error {
  return new Error(
    `draw: two things at row ${row}, column ${column}. This is a defect of graddiff; please report it.`,
  );
}
