/**
 * Prints tensors as NumPy prints arrays with its default options: at most 8 fractional digits,
 * lines of 75 columns, and above 1000 elements a summary with 3 at each end of an axis.
 * Only the elements that are shown are looked at.
 *
 * There are two differences from NumPy: the dtype is always named by `repr`, and the `repr` of a
 * scalar shows all of its digits, as its `str` does.
 *
 * Source of the rules: numpy/_core/arrayprint.py of NumPy 2.2; `decimal.ts` chooses the digits.
 */

import {
  type FloatDType,
  nearest,
  scientific,
  shortest,
  splitAtPoint,
  withDigits,
  withFraction,
} from "./decimal.ts";
import { convert, type DType, isFloat, type TypedArray } from "./dtype.ts";
import { at, type Shape, sizeOf, stridesOf } from "./shape.ts";

const PRECISION = 8;
const LINE_WIDTH = 75;
const THRESHOLD = 1000;
const EDGE = 3;

/** `str` is for people, `repr` names the dtype too. */
export type Style = "str" | "repr";

/**
 * Writes the elements of a tensor in NumPy's layout. Never throws.
 *
 * @param digits to how many significant digits floats are rounded. Default: not at all.
 */
export function formatTensor(
  shape: Shape,
  dtype: DType,
  storage: number | TypedArray,
  style: Style,
  digits?: number,
): string {
  if (typeof storage === "number") {
    const text =
      digits !== undefined && isFloat(dtype)
        ? formatScalar(rounded(storage, dtype, digits), "float64")
        : formatScalar(storage, dtype);
    return style === "str" ? text : `tensor(${text}, dtype=${dtype})`;
  }
  if (style === "str") return formatArray(shape, dtype, storage, "", " ", LINE_WIDTH, digits);

  const prefix = "tensor(";
  // The last column is left free for the closing parenthesis.
  const body = formatArray(shape, dtype, storage, prefix, ", ", LINE_WIDTH - 1);
  const start = `${prefix}${body},`;
  const end = `${describeHiddenShape(shape)}dtype=${dtype})`;
  const lastLine = start.length - (start.lastIndexOf("\n") + 1);
  const fits = lastLine + 1 + end.length <= LINE_WIDTH;
  return start + (fits ? " " : `\n${" ".repeat(prefix.length)}`) + end;
}

/** Returns the shape, where the brackets do not tell it. */
function describeHiddenShape(shape: Shape): string {
  const size = sizeOf(shape);
  const hidden = size > THRESHOLD || (size === 0 && shape.length > 1);
  if (!hidden) return "";
  return `shape=(${shape.join(", ")}${shape.length === 1 ? "," : ""}), `;
}

/** Returns a scalar with all of its digits: `220.00000000000003`, `2.0`, `1e-05`, `True`. */
function formatScalar(value: number, dtype: DType): string {
  if (dtype === "bool") return value === 0 ? "False" : "True";
  if (dtype === "int32") return String(value);
  if (!Number.isFinite(value)) return notFinite(value);
  const magnitude = Math.abs(value);
  const decimal = shortest(magnitude, dtype);
  if (magnitude === 0 || (magnitude >= 1e-4 && magnitude < 1e16)) {
    const { whole, fraction } = splitAtPoint(decimal);
    return `${signOf(value)}${whole}.${fraction || "0"}`;
  }
  return signOf(value) + scientific(decimal, 2).replace(".e", "e");
}

// Layout

/** Formats nested brackets, built from the innermost axis outwards. */
function formatArray(
  shape: Shape,
  dtype: DType,
  storage: TypedArray,
  prefix: string,
  separator: string,
  width: number,
  digits?: number,
): string {
  const size = sizeOf(shape);
  if (size === 0) return "[]";
  const rank = shape.length;
  const shown = shape.map((length) => shownIndices(length, size > THRESHOLD));
  let blocks = formatElements(shownElements(shape, shown, storage), dtype, digits);
  for (let axis = rank - 1; axis >= 0; axis--) {
    const indent = " ".repeat(prefix.length + axis + 1);
    const count = at(shown, axis).length;
    const cut = count < at(shape, axis);
    const newline = separator.trimEnd() + "\n".repeat(rank - axis - 1) + indent;
    const inner = blocks;
    blocks = Array.from({ length: inner.length / count }, (_, block) => {
      const items = inner.slice(block * count, (block + 1) * count);
      if (cut) items.splice(EDGE, 0, "...");
      const last = axis === rank - 1;
      // Every axis has a bracket to close.
      return `[${last ? wrap(items, separator, indent, width - rank) : items.join(newline)}]`;
    });
  }
  return blocks.join("");
}

/** Returns all indices of an axis, or those at its ends. */
function shownIndices(length: number, summarize: boolean): number[] {
  const cut = summarize && length > 2 * EDGE;
  return Array.from({ length: cut ? 2 * EDGE : length }, (_, index) =>
    cut && index >= EDGE ? length - 2 * EDGE + index : index,
  );
}

function shownElements(
  shape: Shape,
  shown: readonly (readonly number[])[],
  storage: TypedArray,
): number[] {
  const strides = stridesOf(shape);
  let offsets = [0];
  shown.forEach((indices, axis) => {
    const stride = at(strides, axis);
    offsets = offsets.flatMap((offset) => indices.map((index) => offset + index * stride));
  });
  // A detached buffer has no elements; printing it must not throw.
  return offsets.map((offset) => storage[offset] ?? Number.NaN);
}

/** Breaks a row into lines that end before `width`, except where a single item is longer. */
function wrap(items: readonly string[], separator: string, indent: string, width: number): string {
  let done = "";
  let line = indent;
  items.forEach((item, index) => {
    if (line.length > indent.length && line.length + item.length > width) {
      done += `${line.trimEnd()}\n`;
      line = indent;
    }
    line += index === items.length - 1 ? item : item + separator;
  });
  return (done + line).slice(indent.length);
}

// Elements

/** Returns the elements in one common format, all equally wide. */
function formatElements(values: readonly number[], dtype: DType, digits?: number): string[] {
  switch (dtype) {
    case "bool":
      return values.map((value) => (value === 0 ? "False" : " True"));
    case "int32":
      return alignRight(values.map(String));
    case "float32":
    case "float64":
      // A number that has been rounded has few digits as a float64, and all of them are shown.
      return digits === undefined
        ? formatFloats(values, dtype, PRECISION)
        : formatFloats(
            values.map((value) => rounded(value, dtype, digits)),
            "float64",
            Number.POSITIVE_INFINITY,
          );
    default:
      return dtype satisfies never;
  }
}

/** Returns a number of as many significant digits; it keeps the fewest that distinguish it if they are not more. */
function rounded(value: number, dtype: FloatDType, most: number): number {
  const near = Number(signOf(value) + scientific(withDigits(Math.abs(value), dtype, most), 1));
  // NaN and infinities stay, and so do the greatest numbers, which have nothing above them.
  return Number.isFinite(near) ? near : value;
}

/** @param precision the most digits after the point. */
function formatFloats(values: readonly number[], dtype: FloatDType, precision: number): string[] {
  const finite = values.filter(Number.isFinite);
  const write = needsExponent(finite, dtype)
    ? exponentWriter(finite, dtype, precision)
    : positionalWriter(finite, dtype, precision);
  return alignRight(
    values.map((value) =>
      Number.isFinite(value) ? signOf(value) + write(value) : notFinite(value),
    ),
  );
}

/**
 * True if numbers are written with exponents. The thresholds are of the dtype, too: as float32, 1e-4 is a little less
 * than as float64.
 */
function needsExponent(finite: readonly number[], dtype: FloatDType): boolean {
  let largest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const value of finite) {
    const magnitude = Math.abs(value);
    if (magnitude === 0) continue;
    largest = Math.max(largest, magnitude);
    smallest = Math.min(smallest, magnitude);
  }
  const ratio = convert(largest / smallest, dtype);
  return largest >= 1e8 || smallest < convert(1e-4, dtype) || ratio > 1000;
}

/** `0.5  `, `0.125`: each with the fractional digits that it needs, the points in one column. */
function positionalWriter(finite: readonly number[], dtype: FloatDType, precision: number) {
  const split = (value: number) => splitAtPoint(withFraction(Math.abs(value), dtype, precision));
  const fractionWidth = longest(finite.map((value) => split(value).fraction));
  return (value: number) => {
    const { whole, fraction } = split(value);
    return `${whole}.${fraction.padEnd(fractionWidth)}`;
  };
}

/**
 * `1.00e-05`, `1.25e+03`: all with the digits of the one that needs most. Where an element needs
 * fewer, the others are those of its exact value: float32 0.1 may become `1.00000001e-01`.
 */
function exponentWriter(finite: readonly number[], dtype: FloatDType, precision: number) {
  const needed = (value: number) => withDigits(Math.abs(value), dtype, precision + 1);
  const decimals = finite.map(needed);
  const count = longest(decimals.map(({ digits }) => digits));
  const exponentWidth = longest(decimals.map(({ power }) => String(Math.abs(power))));
  return (value: number) => {
    const shortest = needed(value);
    const decimal = shortest.digits.length === count ? shortest : nearest(Math.abs(value), count);
    return scientific(decimal, Math.max(2, exponentWidth));
  };
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

function signOf(value: number): string {
  return value < 0 || Object.is(value, -0) ? "-" : "";
}

function alignRight(texts: readonly string[]): string[] {
  const width = longest(texts);
  return texts.map((text) => text.padStart(width));
}

function longest(texts: readonly string[]): number {
  return texts.reduce((length, text) => Math.max(length, text.length), 0);
}
