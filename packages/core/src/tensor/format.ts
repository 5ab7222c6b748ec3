/**
 * Prints tensors as NumPy prints arrays (`numpy.set_printoptions` at its defaults: 8 digits,
 * lines of 75, a summary above 1000 elements with 3 at each edge).
 * Source of the rules: numpy/_core/arrayprint.py.
 */

import type { DType, TypedArray } from "./dtype.ts";
import { at, type Shape, sizeOf, stridesOf } from "./shape.ts";

const PRECISION = 8;
const LINE_WIDTH = 75;
const THRESHOLD = 1000;
const EDGE = 3;

/** `str` is for people, `repr` names the dtype too. */
export type Style = "str" | "repr";

/** Writes the elements of a tensor in NumPy's layout. */
export function formatTensor(
  shape: Shape,
  dtype: DType,
  storage: number | TypedArray,
  style: Style,
): string {
  if (typeof storage === "number") {
    const text = formatScalar(storage, dtype);
    return style === "str" ? text : `tensor(${text}, dtype=${dtype})`;
  }
  const [prefix, separator, suffix] =
    style === "str" ? ["", " ", ""] : ["tensor(", ", ", `, dtype=${dtype})`];
  const size = sizeOf(shape);
  if (size === 0) {
    const where = shape.length === 1 ? "" : `, shape=(${shape.join(", ")})`;
    return style === "str" ? "[]" : `tensor([]${where}${suffix}`;
  }
  const summarize = size > THRESHOLD;
  const shown = summarize ? edgeElements(shape, storage) : storage;
  const format = elementFormat(shown, dtype);
  const body = layout(shape, storage, format, {
    separator: separator.trimEnd(),
    indent: prefix.length,
    summarize,
    // NumPy leaves room for the closing ")" of a repr.
    width: LINE_WIDTH - (style === "repr" ? 1 : 0),
  });
  return style === "str" ? body : closeRepr(`${prefix}${body}`, suffix, prefix.length);
}

/** The dtype goes to a line of its own where it would pass the line's width. */
function closeRepr(text: string, suffix: string, indent: number): string {
  const lastLine = text.length - (text.lastIndexOf("\n") + 1);
  if (lastLine + suffix.length <= LINE_WIDTH) return text + suffix;
  return `${text},\n${" ".repeat(indent)}${suffix.slice(2)}`;
}

function formatScalar(value: number, dtype: DType): string {
  switch (dtype) {
    case "bool":
      return value === 0 ? "False" : "True";
    case "int32":
      return String(value);
    case "float32":
    case "float64": {
      if (Number.isNaN(value)) return "nan";
      if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
      const size = Math.abs(value);
      if (size !== 0 && (size < 1e-4 || size >= 1e16)) return scientific(value, dtype, 17, 0);
      const { whole, fraction } = positional(value, dtype, 17);
      return `${whole}.${fraction || "0"}`;
    }
    default:
      return dtype satisfies never;
  }
}

/** The elements of the corners, which alone decide the format of a summary. */
function edgeElements(shape: Shape, storage: TypedArray): number[] {
  const strides = stridesOf(shape);
  let offsets = [0];
  shape.forEach((length, axis) => {
    const stride = at(strides, axis);
    offsets = offsets.flatMap((offset) =>
      edgeIndices(length).map((index) => offset + index * stride),
    );
  });
  return offsets.map((offset) => at(storage, offset));
}

function edgeIndices(length: number): number[] {
  const all = Array.from({ length: Math.min(length, 2 * EDGE) }, (_, i) => i);
  return length <= 2 * EDGE ? all : all.map((i) => (i < EDGE ? i : length - 2 * EDGE + i));
}

type ElementFormat = (value: number) => string;

function elementFormat(shown: ArrayLike<number>, dtype: DType): ElementFormat {
  const values = Array.from(shown);
  if (dtype === "bool" || dtype === "int32") {
    const width = Math.max(...values.map((value) => formatScalar(value, dtype).length));
    return (value) => formatScalar(value, dtype).padStart(width);
  }
  return floatFormat(values, dtype);
}

function floatFormat(values: readonly number[], dtype: "float32" | "float64"): ElementFormat {
  const finite = values.filter(Number.isFinite);
  const sizes = finite.map(Math.abs).filter((size) => size !== 0);
  const max = Math.max(...sizes);
  const min = Math.min(...sizes);
  const exponential = sizes.length > 0 && (max >= 1e8 || min < 1e-4 || max / min > 1000);
  const special = (value: number) => (Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
  const specialWidth = Math.max(
    0,
    ...values.filter((value) => !Number.isFinite(value)).map((value) => special(value).length),
  );

  if (exponential) {
    const digits = Math.max(
      ...finite.map(
        (value) => (scientific(value, dtype, PRECISION, 0).split(/[.e]/)[1] ?? "").length,
      ),
    );
    const write = (value: number) => scientific(value, dtype, PRECISION, digits);
    const width = Math.max(specialWidth, ...finite.map((value) => write(value).length));
    return (value) => (Number.isFinite(value) ? write(value) : special(value)).padStart(width);
  }

  const parts = finite.map((value) => positional(value, dtype, PRECISION));
  const left = Math.max(0, ...parts.map(({ whole }) => whole.length));
  const right = Math.max(0, ...parts.map(({ fraction }) => fraction.length));
  const width = Math.max(finite.length > 0 ? left + 1 + right : 0, specialWidth);
  return (value) => {
    if (!Number.isFinite(value)) return special(value).padStart(width);
    const { whole, fraction } = positional(value, dtype, PRECISION);
    return `${whole}.${fraction.padEnd(right)}`.padStart(width);
  };
}

/** The shortest digits that read back as the same element of the dtype. */
function shortest(value: number, dtype: "float32" | "float64"): string {
  if (dtype === "float64") return value.toExponential();
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential(8);
}

/** Digits as an integer string and the power of ten of its first digit. */
function decimal(value: number, dtype: "float32" | "float64"): { digits: string; power: number } {
  const [mantissa = "0", exponent = "0"] = shortest(Math.abs(value), dtype).split("e");
  return { digits: mantissa.replace(".", ""), power: Number(exponent) };
}

/** The value without an exponent, with at most `precision` fractional digits, none trailing. */
function positional(value: number, dtype: "float32" | "float64", precision: number) {
  const { digits, power } = roundAfter(decimal(value, dtype), precision);
  const padded = power < 0 ? "0".repeat(-power) + digits : digits.padEnd(power + 1, "0");
  const point = Math.max(power, 0) + 1;
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return {
    whole: sign + padded.slice(0, point),
    fraction: padded.slice(point).replace(/0+$/, ""),
  };
}

function roundAfter(
  { digits, power }: { digits: string; power: number },
  precision: number,
): { digits: string; power: number } {
  const kept = power + 1 + precision;
  if (digits.length <= kept) return { digits, power };
  if (kept < 0) return { digits: "0", power: 0 };
  return roundDigits(digits, kept, power);
}

/** Rounds a digit string half to even at `kept` digits. */
function roundDigits(digits: string, kept: number, power: number) {
  const head = BigInt(digits.slice(0, kept) || "0");
  const tail = digits.slice(kept);
  const half = `5${"0".repeat(tail.length - 1)}`;
  const up = tail > half || (tail === half && head % 2n === 1n);
  const rounded = String(up ? head + 1n : head).padStart(Math.max(kept, 1), "0");
  const grown = rounded.length > Math.max(kept, 1) || (kept === 0 && up);
  return { digits: rounded, power: grown ? power + 1 : power };
}

/** `1.5e-07` with at least `minimum` fractional digits. */
function scientific(
  value: number,
  dtype: "float32" | "float64",
  precision: number,
  minimum: number,
): string {
  const exact = decimal(value, dtype);
  const { digits, power } =
    exact.digits.length <= precision + 1
      ? exact
      : roundDigits(exact.digits, precision + 1, exact.power);
  const fraction = digits
    .slice(1, precision + 1)
    .replace(/0+$/, "")
    .padEnd(minimum, "0");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const exponent = `${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  return `${sign}${digits.slice(0, 1)}.${fraction}e${exponent}`.replace(
    /^(-?\d)\.e/,
    minimum === 0 && precision === 17 ? "$1e" : "$1.e",
  );
}

interface Layout {
  readonly separator: string;
  readonly indent: number;
  readonly summarize: boolean;
  readonly width: number;
}

/** Nested brackets; the depth is a tensor's rank, so recursion is bounded. */
function layout(
  shape: Shape,
  storage: TypedArray,
  format: ElementFormat,
  { separator, indent, summarize, width }: Layout,
): string {
  const strides = stridesOf(shape);

  function block(axis: number, offset: number): string {
    const length = at(shape, axis);
    const indices = summarize ? edgeIndices(length) : Array.from({ length }, (_, i) => i);
    const gap = summarize && length > 2 * EDGE;
    const margin = " ".repeat(indent + axis + 1);
    const last = axis === shape.length - 1;
    const items: string[] = indices.map((index) => {
      const position = offset + index * at(strides, axis);
      return last ? format(at(storage, position)) : block(axis + 1, position);
    });
    if (gap) items.splice(EDGE, 0, "...");
    if (!last) {
      const newlines = "\n".repeat(shape.length - axis - 1);
      return `[${items.join(`${separator}${newlines}${margin}`)}]`;
    }
    return `[${wrap(items, separator, margin, width - shape.length + axis + 1)}]`;
  }

  return block(0, 0);
}

/** Breaks a row into lines no longer than `width` (brackets counted by the caller). */
function wrap(items: readonly string[], separator: string, margin: string, width: number): string {
  const lines: string[] = [];
  let line = margin;
  items.forEach((item, index) => {
    const closing = index === items.length - 1 ? margin.length : separator.length;
    if (
      line.length > margin.length &&
      line.length + item.length + Math.max(closing, separator.length) > width
    ) {
      lines.push(line.trimEnd());
      line = margin;
    }
    line += item + (index === items.length - 1 ? "" : `${separator} `);
  });
  lines.push(line);
  return lines.join("\n").slice(margin.length);
}
