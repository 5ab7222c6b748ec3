/**
 * Writes descriptions as AssemblyScript: the functions of one vector (elementary.ts in assembly/ or in the
 * folder of a group) and the kernels that run them over memory (unary.ts beside it).
 */

import { upperWord } from "./emitTypeScript.mjs";
import { LEVEL, Printer } from "./printer.mjs";
import { countUses, FORMAT, record } from "./steps.mjs";

/** @typedef {import("./steps.mjs").Value} Value */
/** @typedef {import("./steps.mjs").Precision} Precision */
/** @typedef {import("./steps.mjs").Description} Description */
/** @typedef {import("./printer.mjs").Expression} Expression */

/** For each precision, the types of its vectors: as numbers, and as words of bits. */
const LANES = {
  f32: { vector: "f32x4", words: "i32x4", wordBits: 32, count: 4 },
  f64: { vector: "f64x2", words: "i64x2", wordBits: 64, count: 2 },
};

/**
 * The constants of all functions, in one table of numbers and one of words for each precision. One instruction loads a
 * vector from a table, where some engines would build a literal again at every use.
 */
class Tables {
  /** @type {Record<string, string[]>} */
  entries = { F32: [], F64: [], WORDS32: [], WORDS64: [] };

  /** @param {string} table @param {string} text @param {number} wordBits */
  splat(table, text, wordBits) {
    const entries = this.entries[table];
    if (!entries.includes(text)) entries.push(text);
    const offset = (entries.indexOf(text) * wordBits) / 8;
    return `v128.load${wordBits}_splat(${table}, ${offset})`;
  }

  /** @param {number} number @param {Precision} precision */
  number(number, precision) {
    const table = precision === "f32" ? "F32" : "F64";
    const text = String(number).replace(/^-?\d+$/, "$&.0"); // no integer, which has to fit in i64
    return this.splat(table, text, LANES[precision].wordBits);
  }

  /** @param {bigint} word @param {Precision} precision */
  word(word, precision) {
    const { wordBits } = LANES[precision];
    const text = `0x${word.toString(16).padStart(wordBits / 4, "0")}`;
    return this.splat(`WORDS${wordBits}`, text, wordBits);
  }

  print() {
    const types = { F32: "f32", F64: "f64", WORDS32: "u32", WORDS64: "u64" };
    return Object.entries(types)
      .map(([table, type]) => {
        const bytes = type.endsWith("32") ? 4 : 8;
        const lines = this.entries[table]
          .map((entry, index) => `  ${entry}, // ${index * bytes}\n`)
          .join("");
        return `const ${table}: usize = memory.data<${type}>([\n${lines}]);\n`;
      })
      .join("\n");
  }
}

/** @type {Record<string, string>} */
const INSTRUCTIONS = {
  ...Object.fromEntries(
    ["add", "sub", "mul", "div", "sqrt", "neg", "abs", "lt", "le", "gt", "ge", "eq"].map((op) => [
      op,
      op,
    ]),
  ),
  // b < a ? b : a is one instruction of the processor. `min` is eight, because of ±0 and of NaN on the right, and here
  // b is a number other than 0.
  min: "pmin",
  max: "pmax",
};

/** @param {Tables} tables @returns {import("./printer.mjs").Language} */
function assemblyScript(tables) {
  return {
    lazyBranches: false,
    numberType: "v128",
    anyLane: (mask) => `v128.any_true(${mask})`,

    express(step, inputs) {
      const [a = "", b = "", c = ""] = inputs.map(({ text }) => text);
      return { text: expressText(tables, step, a, b, c), level: LEVEL.atom };
    },

    reduceBeyond(printer, step, names, indent) {
      const [x, large] = step.inputs;
      const xText = printer.expression(x, indent).text;
      const mask = printer.expression(large, indent).text;
      const { lines } = printer;
      lines.push(`${indent}const large = ${mask};`, `${indent}if (v128.any_true(large)) {`);
      for (const lane of [0, 1]) {
        const replace = (/** @type {string} */ name, /** @type {string} */ value) =>
          lines.push(`${indent}    ${name} = f64x2.replace_lane(${name}, ${lane}, ${value});`);
        lines.push(`${indent}  if (i64x2.extract_lane(large, ${lane})) {`);
        replace(names.quadrant, `reduceArgument(f64x2.extract_lane(${xText}, ${lane}))`);
        replace(names.high, "reducedHigh");
        if (names.low !== undefined) replace(names.low, "reducedLow");
        lines.push(`${indent}  }`);
      }
      lines.push(`${indent}}`);
    },
  };
}

/**
 * @param {Tables} tables
 * @param {Value} step
 * @param {string} a
 * @param {string} b
 * @param {string} c
 */
function expressText(tables, step, a, b, c) {
  const { precision, op, data } = step;
  const { vector, words } = LANES[precision];
  switch (op) {
    case "constant":
      return tables.number(data, precision);
    case "pow2":
      return `pow2_${vector}(${a})`;
    case "exponent":
    case "significand": {
      const offset = tables.word(offsetOf(data, precision), precision);
      return `${op}_${vector}(${a}, ${offset})`;
    }
    case "head":
      return `f64x2.promote_low_f32x4(f32x4.demote_f64x2_zero(${a}))`;
    case "isNaN":
      return `${vector}.ne(${a}, ${a})`;
    case "withSignOf":
      return `v128.or(${a}, v128.and(${b}, ${tables.word(signOf(precision), precision)}))`;
    case "isNegative":
      return `${words}.lt_s(${a}, ${words}.splat(0))`;
    case "and":
      return `v128.and(${a}, ${b})`;
    case "or":
      return `v128.or(${a}, ${b})`;
    case "not":
      return `v128.not(${a})`;
    case "select":
    case "branch":
    case "seldom":
      return `v128.bitselect(${b}, ${c}, ${a})`;
    default: {
      const name = INSTRUCTIONS[op];
      if (name === undefined) throw new Error(`no AssemblyScript for the step "${op}"`);
      return `${vector}.${name}(${b === "" ? a : `${a}, ${b}`})`;
    }
  }
}

/** Returns the functions of steps on bits. @param {Tables} tables @param {Precision} precision */
function emitBitSteps(tables, precision) {
  const { vector, words } = LANES[precision];
  const { fractionBits, bias, integersFrom } = FORMAT[precision];
  const number = (/** @type {number} */ value) => tables.number(value, precision);
  const ofExponent = precision === "f32" ? 0xff800000n : 0xfff0000000000000n;
  const ofOne = precision === "f32" ? 0x3f800000n : 0x3ff0000000000000n;
  return `/** Returns 2^n. The sum has n + ${bias} in its lowest bits, which are shifted to the bits of the exponent. */
@inline
function pow2_${vector}(n: v128): v128 {
  const sum = ${vector}.add(n, ${number(integersFrom + bias)});
  return ${words}.shl(sum, ${fractionBits});
}

/**
 * Returns the exponent of x after adding an offset to its bits. The bits of the exponent become the lowest bits of
 * 2^${fractionBits}.
 */
@inline
function exponent_${vector}(x: v128, offset: v128): v128 {
  const lowest = ${words}.shr_u(${words}.add(x, offset), ${fractionBits});
  const number = v128.or(lowest, ${number(integersFrom)});
  return ${vector}.sub(number, ${number(integersFrom + bias)});
}

/** Returns x with the exponent of the function above replaced by the exponent of 1. */
@inline
function significand_${vector}(x: v128, offset: v128): v128 {
  const exponent = v128.and(${words}.add(x, offset), ${tables.word(ofExponent, precision)});
  return ${words}.add(${words}.sub(x, exponent), ${tables.word(ofOne, precision)});
}
`;
}

/** Returns the sign bit. @param {Precision} precision */
function signOf(precision) {
  return precision === "f32" ? 0x80000000n : 0x8000000000000000n;
}

/**
 * Returns the number to add to a number's bits so that its exponent is counted from the threshold.
 * @param {number} threshold
 * @param {Precision} precision
 */
function offsetOf(threshold, precision) {
  if (precision === "f32") return 0x3f800000n - BigInt(upperWord(threshold, precision));
  return (0x3ff00000n - BigInt(upperWord(threshold, precision))) << 32n;
}

/**
 * The most steps, constants included, of a function that is inlined into its kernel. A longer function is called: that
 * costs at most a tenth of its speed, and saves a copy of a kilobyte.
 */
const LONGEST_INLINED = 70;

/** @param {Description} description @param {Tables} tables */
function emitFunction(description, tables) {
  const { name, precision, steps, parameters, comment } = description;
  const { vector } = LANES[precision];
  const recorded = record(description);
  const { lines } = new Printer(assemblyScript(tables), recorded);
  const list = parameters.map((parameter) => `${parameter}: v128`).join(", ");
  // A float32 function in float64 is short: it calls the function for half a vector twice.
  const isShort = steps !== precision || countUses(recorded.result).size <= LONGEST_INLINED;
  const title = `/** ${comment} */${isShort ? "\n@inline" : ""}`;
  const head = `export function ${name}_${vector}(${list}): v128 {`;
  if (steps === precision) return [title, head, ...lines, "}", ""].join("\n");

  // A float32 function in float64 computes the halves of the vector one after the other.
  const half = `${name}_f32_as_f64x2`;
  const halves = ["lower", "upper"].map((side) => {
    const inputs = parameters.map((parameter) => `${side}Half(${parameter})`).join(", ");
    return `  const ${side} = ${half}(${inputs});`;
  });
  return [
    `/** Returns ${name} of two float32 numbers in float64, before rounding. */`,
    `function ${half}(${list}): v128 {`,
    ...lines,
    "}",
    "",
    title,
    head,
    ...halves,
    "  return roundHalves(lower, upper);",
    "}",
    "",
  ].join("\n");
}

const NOTICE = `// Much of this is translated from fdlibm: Copyright (C) 1993, 2004 by Sun Microsystems, Inc.
// All rights reserved. Permission to use, copy, modify, and distribute this software is freely
// granted, provided that this notice is preserved.
`;

const GENERATED = `// Generated by elementary/generate.mjs; do not edit.
`;

/** @param {Description[]} descriptions @param {string} up the relative path from the file's folder to assembly/ */
export function emitAssemblyScript(descriptions, up) {
  const tables = new Tables();
  const bitSteps = /** @type {const} */ (["f32", "f64"]).map((p) => emitBitSteps(tables, p));
  const functions = descriptions.map((description) => emitFunction(description, tables));
  const reduces = functions.some((text) => text.includes("reduceArgument("));
  return `// graddiff's own elementary functions, one vector at a time: the same steps, and so the same
// bits, as packages/core/src/generated/elementary/elementary.ts. The method, the sources and the meaning of
// the constants are in the descriptions in elementary/; the tables below give each constant's
// offset in bytes.
//
${GENERATED}//
${NOTICE}
${reduces ? `import { reduceArgument, reducedHigh, reducedLow } from "${up}reduceArgument";\n\n` : ""}${tables.print()}
${bitSteps.join("\n")}
/** Returns the first two of four float32 as float64. */
@inline
function lowerHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** Returns the last two of four float32 as float64. */
@inline
function upperHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
}

/** Returns two vectors of two float64 as one of four float32. */
@inline
function roundHalves(lower: v128, upper: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(lower), f32x4.demote_f64x2_zero(upper), 0, 2);
}

${functions.join("\n")}`;
}

/** @param {Description} description */
function emitKernel({ name, precision, parameters, comment }) {
  const { vector, count } = LANES[precision];
  const list = [...parameters, "out", "count"].map((parameter) => `${parameter}: usize`).join(", ");
  const inputs = parameters
    .map((parameter) => {
      const tail = `loadTail_${precision}(${parameter}, count)`;
      return `    const ${parameter}Vector = whole ? v128.load(${parameter}) : ${tail};\n`;
    })
    .join("");
  return `/** out[i] = ${name}(${parameters.map((parameter) => `${parameter}[i]`).join(", ")}). ${comment} */
export function ${name}_${precision}(${list}): void {
  while (count > 0) {
    const whole = count >= ${count};
${inputs}    const result = ${name}_${vector}(${parameters.map((parameter) => `${parameter}Vector`).join(", ")});
    if (!whole) {
      storeTail_${precision}(out, result, count);
      return;
    }
    v128.store(out, result);
${[...parameters, "out"].map((parameter) => `    ${parameter} += 16;\n`).join("")}    count -= ${count};
  }
}
`;
}

/** @param {Description[]} descriptions @param {string} up the relative path from the file's folder to assembly/ */
export function emitKernels(descriptions, up) {
  const names = descriptions.map(({ name, precision }) => `${name}_${LANES[precision].vector}`);
  return `// The elementary functions over memory. All but the longest are inlined at their one call, so the last
// vector, which may be filled in part, passes through the same loop. \`out\` may be an input, or overlap none.
//
${GENERATED}
import {
${names
  .sort()
  .map((name) => `  ${name},\n`)
  .join("")}} from "./elementary";
import { loadTail_f32, loadTail_f64, storeTail_f32, storeTail_f64 } from "${up}tail";

${descriptions.map(emitKernel).join("\n")}`;
}
