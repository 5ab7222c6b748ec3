/** Writes descriptions as scalar TypeScript: packages/core/src/generated/elementary/elementary.ts. */

import { LEVEL, Printer } from "./printer.mjs";
import { FORMAT, record } from "./steps.mjs";

/** @typedef {import("./steps.mjs").Value} Value */
/** @typedef {import("./steps.mjs").Description} Description */
/** @typedef {import("./printer.mjs").Expression} Expression */

/**
 * Returns the bits of a number's upper (or only) word.
 * @param {number} number
 * @param {"f32" | "f64"} precision
 */
export function upperWord(number, precision) {
  const view = new DataView(new ArrayBuffer(8));
  if (precision === "f32") view.setFloat32(0, number);
  else view.setFloat64(0, number);
  return view.getUint32(0);
}

/** @param {number} number */
function literal(number) {
  if (number === Math.LN2) return "Math.LN2";
  if (number === Math.LOG2E) return "Math.LOG2E";
  return String(number).replace("e+", "e");
}

/** @param {Expression} expression @param {number} level */
function inside({ text, level: own }, level) {
  return own < level ? `(${text})` : text;
}

/**
 * Returns the text of a left factor: a quotient is put in parentheses, a product is not.
 * @param {Value} step
 * @param {Expression} a
 */
function factor(step, a) {
  return inside(a, step.inputs[0]?.op === "mul" ? LEVEL.product : LEVEL.sign);
}

/** @type {Record<string, string>} */
const COMPARE = { lt: "<", le: "<=", gt: ">", ge: ">=", eq: "===" };

/** @type {import("./printer.mjs").Language} */
const typeScript = {
  lazyBranches: true,
  numberType: "number",
  anyLane: (mask) => mask,

  express(step, [a = none, b = none, c = none]) {
    const rounded = (/** @type {string} */ text, /** @type {number} */ level) =>
      step.precision === "f32" ? call("fround", text) : { text, level };
    switch (step.op) {
      case "constant":
        return { text: literal(step.data), level: step.data < 0 ? LEVEL.sign : LEVEL.atom };
      case "add":
        return rounded(`${inside(a, LEVEL.sum)} + ${inside(b, LEVEL.product)}`, LEVEL.sum);
      case "sub":
        return rounded(`${inside(a, LEVEL.sum)} - ${inside(b, LEVEL.product)}`, LEVEL.sum);
      case "mul":
        return rounded(`${factor(step, a)} * ${inside(b, LEVEL.sign)}`, LEVEL.product);
      case "div":
        return rounded(`${inside(a, LEVEL.sign)} / ${inside(b, LEVEL.sign)}`, LEVEL.product);
      case "sqrt":
        return rounded(`Math.sqrt(${a.text})`, LEVEL.atom);
      case "neg":
        return { text: `-${inside(a, LEVEL.atom)}`, level: LEVEL.sign };
      case "abs":
        return call("Math.abs", a.text);
      case "min":
        return call("Math.min", a.text, b.text);
      case "max":
        return call("Math.max", a.text, b.text);
      case "head":
        return call("fround", a.text);
      case "pow2":
        return call("pow2", a.text);
      case "exponent": {
        const { fractionBits, bias } = FORMAT[step.precision];
        const exponentBits = fractionBits === 52 ? 20 : fractionBits;
        const offset = bias * 2 ** exponentBits - upperWord(step.data, step.precision);
        return call(`exponent_${step.precision}`, a.text, `0x${offset.toString(16)}`);
      }
      case "significand":
        return call("significand", a.text, b.text);
      case "isNaN":
        return call("Number.isNaN", a.text);
      case "withSignOf":
        return call("withSignOf", a.text, b.text);
      case "isNegative":
        return call("isNegative", a.text);
      case "and":
        return { text: `${inside(a, LEVEL.and)} && ${inside(b, LEVEL.and)}`, level: LEVEL.and };
      case "or": // with parentheses around &&, as the formatter has it
        return {
          text: [a, b]
            .map((side) => (side.level === LEVEL.and ? `(${side.text})` : side.text))
            .join(" || "),
          level: LEVEL.or,
        };
      case "not":
        return { text: `!${inside(a, LEVEL.atom)}`, level: LEVEL.sign };
      case "select":
        return {
          text: `${inside(a, LEVEL.or)} ? ${inside(b, LEVEL.or)} : ${c.text}`,
          level: LEVEL.select,
        };
      default: {
        const operator = COMPARE[step.op];
        if (operator === undefined) throw new Error(`no TypeScript for the step "${step.op}"`);
        return {
          text: `${inside(a, LEVEL.sum)} ${operator} ${inside(b, LEVEL.sum)}`,
          level: LEVEL.compare,
        };
      }
    }
  },

  reduceBeyond(printer, step, names, indent) {
    const [x, large] = step.inputs;
    printer.lines.push(
      `${indent}if (${printer.expression(large, indent).text}) {`,
      `${indent}  ${names.quadrant} = reduceArgument(${printer.expression(x, indent).text});`,
      `${indent}  ${names.high} = reducedHigh;`,
    );
    if (names.low !== undefined) printer.lines.push(`${indent}  ${names.low} = reducedLow;`);
    printer.lines.push(`${indent}}`);
  },
};

const none = { text: "", level: LEVEL.atom };

/** @param {string} name @param {string[]} inputs */
function call(name, ...inputs) {
  return { text: `${name}(${inputs.join(", ")})`, level: LEVEL.atom };
}

/** @param {Description} description */
function emitFunction(description) {
  const { name, precision, steps, parameters, comment } = description;
  const recorded = record(description);
  const { lines } = new Printer(typeScript, recorded);
  if (precision === "f32" && steps === "f64") {
    const last = lines.pop() ?? "";
    lines.push(last.replace(/^ {2}return (.*);$/, "  return fround($1);"));
  }
  const list = parameters.map((parameter) => `${parameter}: number`).join(", ");
  return [
    `/** ${comment} In ${precision === "f32" ? "float32" : "float64"}. */`,
    `export function ${name}_${precision}(${list}): number {`,
    ...lines,
    "}",
    "",
  ].join("\n");
}

/**
 * Returns the names of all functions, by the number of their parameters.
 *
 * @param {Description[]} descriptions
 */
export function emitNames(descriptions) {
  const list = (/** @type {string} */ constant, /** @type {number} */ count) => {
    const own = descriptions.filter(({ parameters }) => parameters.length === count);
    const names = [...new Set(own.map(({ name }) => `"${name}"`))];
    const line = `export const ${constant} = [${names.join(", ")}] as const;`;
    // The list is broken into lines as the formatter does.
    const lines = names.map((name) => `  ${name},\n`).join("");
    return line.length <= 100 ? line : `export const ${constant} = [\n${lines}] as const;`;
  };
  return `/**
 * The elementary functions, each of which has a kernel and is a function of vectors for loops.
 *
 * Generated by packages/wasm-kernel/elementary/generate.mjs; do not edit.
 */

${list("OF_ONE_NUMBER", 1)}

${list("OF_TWO_NUMBERS", 2)}
`;
}

/** @param {Description[]} descriptions */
export function emitTypeScript(descriptions) {
  return `${HEADER}\n${descriptions.map(emitFunction).join("\n")}`;
}

const HEADER = `/**
 * graddiff's own elementary functions, one number at a time.
 *
 * Generated by packages/wasm-kernel/elementary/generate.mjs, which writes the WebAssembly
 * functions from the same steps; do not edit. The method, the sources and the meaning of the
 * constants are in the descriptions there.
 *
 * Math.exp and its kin differ from engine to engine in their last bits; these do not, and have the
 * same bits as the WebAssembly kernel's. Functions named _f32 take a float32 number and round after
 * every step. How many units in the last place each errs by is in its description.
 *
 * Much of this is translated from fdlibm: Copyright (C) 1993, 2004 by Sun Microsystems, Inc.
 * All rights reserved. Permission to use, copy, modify, and distribute this software is freely
 * granted, provided that this notice is preserved.
 */

import { reduceArgument, reducedHigh, reducedLow } from "../../elementary/reduceArgument.ts";

const fround = Math.fround;

// Arrays that share one number and its bits; the second word of a float64 is the upper one (little-endian, as in
// WebAssembly).
const FLOAT64 = new Float64Array(1);
const WORDS_OF_FLOAT64 = new Int32Array(FLOAT64.buffer);
const FLOAT32 = new Float32Array(1);
const WORD_OF_FLOAT32 = new Int32Array(FLOAT32.buffer);

/** 2^−1024 to 2^1023. */
const POWERS = new Float64Array(2048);
for (let power = 1, index = 1024; index < 2048; index++, power *= 2) POWERS[index] = power;
for (let power = 1, index = 1024; index >= 0; index--, power /= 2) POWERS[index] = power;

/** 2^n. */
function pow2(n: number): number {
  return POWERS[(n + 1024) & 2047] as number;
}

/** Returns the integer k for which x · 2^−k is in an interval [threshold, 2·threshold). */
function exponent_f64(x: number, offset: number): number {
  FLOAT64[0] = x;
  return (((WORDS_OF_FLOAT64[1] as number) + offset) >> 20) - 1023;
}

/** Returns the integer k for a float32; see exponent_f64. */
function exponent_f32(x: number, offset: number): number {
  FLOAT32[0] = x;
  return (((WORD_OF_FLOAT32[0] as number) + offset) >> 23) - 127;
}

/** Returns x · 2^−k, exactly. */
function significand(x: number, k: number): number {
  return x * pow2(-k);
}

/** True if the sign bit is set: true for −0. */
function isNegative(x: number): boolean {
  return x < 0 || (x === 0 && 1 / x < 0);
}

/** Returns a number that is not negative, with the sign of x. */
function withSignOf(size: number, x: number): number {
  return isNegative(x) ? -size : size;
}
`;
