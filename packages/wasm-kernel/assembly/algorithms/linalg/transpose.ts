// Functions for transposes and symmetric parts, which work in tiles that stay in the first-level cache.

import { Elements, get, Int, set } from "../elements";
import { real, round } from "../arithmetic";

/** The number of rows and of columns of a tile: a cache line has as many float64. */
const TILE: Int = 8;

/** Computes to[j, i] = from[i, j]; steps are the distances between rows. */
export function transpose<T>(
  from: Elements,
  fromAt: Int,
  fromStep: Int,
  rows: Int,
  columns: Int,
  to: Elements,
  toAt: Int,
  toStep: Int,
): void {
  for (let row: Int = 0; row < rows; row += TILE) {
    const lastRow = row + TILE < rows ? row + TILE : rows;
    for (let column: Int = 0; column < columns; column += TILE) {
      const lastColumn = column + TILE < columns ? column + TILE : columns;
      for (let i = row; i < lastRow; i++) {
        for (let j = column; j < lastColumn; j++) {
          set<T>(to, toAt + j * toStep + i, get<T>(from, fromAt + i * fromStep + j));
        }
      }
    }
  }
}

/** Computes to = (A + Aᵀ)/2, for matrices of n rows. */
export function symmetricPart<T>(a: Elements, at: Int, to: Elements, toAt: Int, n: Int): void {
  for (let row: Int = 0; row < n; row += TILE) {
    const lastRow = row + TILE < n ? row + TILE : n;
    for (let column = row; column < n; column += TILE) {
      const lastColumn = column + TILE < n ? column + TILE : n;
      for (let i = row; i < lastRow; i++) {
        for (let j = column > i ? column : i; j < lastColumn; j++) {
          const sum = round<T>(get<T>(a, at + i * n + j) + get<T>(a, at + j * n + i));
          const mean = round<T>(sum * real<T>(0.5));
          set<T>(to, toAt + i * n + j, mean);
          set<T>(to, toAt + j * n + i, mean);
        }
      }
    }
  }
}

/** Moves the upper triangle of a square matrix into the lower one, and sets the upper triangle to zero. */
export function lowerTriangle<T>(a: Elements, at: Int, n: Int): void {
  for (let row: Int = 0; row < n; row += TILE) {
    const lastRow = row + TILE < n ? row + TILE : n;
    for (let column = row; column < n; column += TILE) {
      const lastColumn = column + TILE < n ? column + TILE : n;
      for (let i = row; i < lastRow; i++) {
        for (let j = column > i ? column : i + 1; j < lastColumn; j++) {
          set<T>(a, at + j * n + i, get<T>(a, at + i * n + j));
          set<T>(a, at + i * n + j, real<T>(0));
        }
      }
    }
  }
}
