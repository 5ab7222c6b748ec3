/**
 * Writes descriptions as WGSL, for the float32 functions: WGSL's own differ from one driver to the next. Each rounded
 * result passes through `keep_`, which no compiler can optimise.
 *
 * WebGPU has no float64. Functions whose steps are float64 are written with pairs of float32, a number and its rounding
 * error: some 46 bits (T. J. Dekker, "A floating-point technique for extending the available precision", 1971). All but
 * about one in a million rounded results equal those of float64. The operations of pairs are in `run/webgpu/wgsl.ts`.
 */

import { upperWord } from "./emitTypeScript.mjs";
import { LEVEL, Printer } from "./printer.mjs";
import { FORMAT, record } from "./steps.mjs";

/** @typedef {import("./steps.mjs").Description} Description */

/** Returns the text of a float32 with the fewest digits that identify it. @param {number} number */
function shortest(number) {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === number) return short;
  }
  return Number(number.toPrecision(9));
}

/** Returns the text of a float64 with the fewest digits that identify its pair. @param {number} number */
function shortestPair(number) {
  const pairOf = (/** @type {number} */ x) =>
    `${Math.fround(x)} ${Math.fround(x - Math.fround(x))}`;
  let short = number;
  for (let digits = 17; digits > 0 && pairOf(short) === pairOf(number); digits--) {
    number = short;
    short = Number(number.toPrecision(digits));
  }
  return number;
}

/** @param {number} number */
function literal(number) {
  if (Number.isNaN(number)) return "nan_()";
  if (!Number.isFinite(number)) return number > 0 ? "infinity_()" : "(-infinity_())";
  const digits = Object.is(number, -0) ? "-0.0" : String(shortest(number)).replace("e+", "e");
  // A number without a point could be an integer.
  const text = digits.includes(".") ? digits : `${digits}f`;
  return text.startsWith("-") ? `(${text})` : text;
}

/** @type {Record<string, string>} */
const ARITHMETIC = { add: "+", sub: "-", mul: "*", div: "/" };
/** @type {Record<string, string>} */
const COMPARE = { lt: "<", le: "<=", gt: ">", ge: ">=", eq: "==" };
/** @type {Record<string, string>} */
const FUNCTIONS = {
  sqrt: "sqrt",
  abs: "abs",
  min: "least_",
  max: "greatest_",
  pow2: "pow2_",
  isNaN: "isNaN_",
  withSignOf: "withSign_",
};

/** @type {import("./printer.mjs").Language} */
const wgsl = {
  lazyBranches: true,
  numberType: "f32",
  anyLane: (mask) => mask,

  express(step, inputs) {
    const [a = "", b = "", c = ""] = inputs.map(({ text }) => text);
    const atom = (/** @type {string} */ text) => ({ text, level: LEVEL.atom });
    const operator = ARITHMETIC[step.op];
    if (operator !== undefined) return atom(`keep_(${a} ${operator} ${b})`);
    const comparison = COMPARE[step.op];
    if (comparison !== undefined) return atom(`(${a} ${comparison} ${b})`);
    const name = FUNCTIONS[step.op];
    if (name !== undefined) return atom(`${name}(${[a, b].filter(Boolean).join(", ")})`);
    switch (step.op) {
      case "constant":
        return atom(literal(step.data));
      case "neg":
        return atom(`(-${a})`);
      case "exponent":
        return atom(`exponent_(${a}, ${127 * 2 ** 23 - upperWord(step.data, "f32")}i)`);
      case "significand":
        return atom(`bitcast<f32>(bitcast<i32>(${a}) - (i32(${b}) << 23u))`);
      case "isNegative":
        return atom(`(bitcast<i32>(${a}) < 0)`);
      case "and":
        return atom(`(${a} && ${b})`);
      case "or":
        return atom(`(${a} || ${b})`);
      case "not":
        return atom(`(!${a})`);
      case "select":
        return atom(`select(${c}, ${b}, ${a})`);
      default:
        throw new Error(`no WGSL for the step "${step.op}"`);
    }
  },

  reduceBeyond() {
    throw new Error("no WGSL for the reduction of large angles");
  },
};

/** The angle above which a product of q and the first piece of π/2 may have more bits than a pair. */
const LARGE_ANGLE = 2 ** 20;

const { roundToInteger, integersFrom } = FORMAT.f64;

/** True for x + c, where c is so large that (x + c) − c is an integer. @param {import("./steps.mjs").Value} step */
function toInteger({ op, inputs }) {
  return op === "add" && [roundToInteger, integersFrom].includes(inputs[1].data);
}

/** @type {import("./printer.mjs").Language} */
const pairs = {
  lazyBranches: true,
  numberType: "vec2<f32>",
  anyLane: (mask) => mask,

  express(step, inputs) {
    const [a = "", b = ""] = inputs.map(({ text }) => text);
    const atom = (/** @type {string} */ text) => ({ text, level: LEVEL.atom });
    switch (step.op) {
      case "constant": {
        const high = Math.fround(step.data);
        if (!Number.isFinite(high)) return atom(`pair_(${literal(high)})`);
        return atom(`pair_<${shortestPair(step.data)}>`);
      }
      case "add":
        return atom(toInteger(step) ? a : `add2_(${a}, ${b})`);
      case "sub":
        return atom(toInteger(step.inputs[0]) ? `nearest2_(${a})` : `add2_(${a}, -${b})`);
      case "mul":
        return atom(`${step.inputs[1].op === "pow2" ? "scale2_" : "mul2_"}(${a}, ${b})`);
      case "pow2":
        // The exponent stands for the power, which may be no float32.
        return atom(a);
      case "div":
      case "sqrt":
        return atom(`${step.op}2_(${[a, b].filter(Boolean).join(", ")})`);
      case "abs":
        return atom(`abs2_(${a})`);
      case "withSignOf":
        return atom(`withSign2_(${a}, ${b})`);
      case "min":
        return atom(`select(${a}, ${b}, less2_(${b}, ${a}))`);
      case "max":
        return atom(`select(${a}, ${b}, less2_(${a}, ${b}))`);
      case "head":
        return atom(`vec2(${a}.x, 0f)`);
      case "exponent":
        return atom(`vec2(exponent_(${a}.x, ${127 * 2 ** 23 - upperWord(step.data, "f32")}i), 0f)`);
      case "significand":
        return atom(`scale2_(${a}, -${b})`);
      case "isNaN":
        return atom(`isNaN_(${a}.x)`);
      case "isNegative":
        return atom(`(bitcast<i32>(${a}.x) < 0)`);
      case "lt":
        return atom(`less2_(${a}, ${b})`);
      case "gt":
        return atom(`less2_(${b}, ${a})`);
      case "le":
        return atom(`(less2_(${a}, ${b}) || same2_(${a}, ${b}))`);
      case "ge":
        return atom(`(less2_(${b}, ${a}) || same2_(${a}, ${b}))`);
      case "eq":
        return atom(`same2_(${a}, ${b})`);
      default:
        return wgsl.express(step, inputs);
    }
  },

  reduceBeyond(printer, step, names, indent) {
    const x = printer.expression(step.inputs[0], indent).text;
    printer.lines.push(
      `${indent}if (abs(${x}.x) > ${LARGE_ANGLE}f) {`,
      `${indent}  const reduced = reduceAngle_(${x}.x);`,
      `${indent}  ${names["quadrant"]} = vec2(reduced.x, 0f);`,
      `${indent}  ${names["high"]} = reduced.yz;`,
      `${indent}}`,
    );
  },
};

/** @param {Description} description */
function emitFunction(description) {
  const { name, steps, parameters } = description;
  const recorded = record(description);
  // Names have a prefix, since some words are reserved in WGSL.
  for (const step of recorded.parameters) step.label = `v_${step.label}`;
  const isOfPairs = steps === "f64";
  const { lines } = new WgslPrinter(isOfPairs ? pairs : wgsl, recorded);
  const body = lines.map((line) =>
    line
      .trim()
      .replace(/^let /, "var ")
      .replace(/^const /, "let "),
  );
  if (isOfPairs) {
    body.unshift(...parameters.map((each) => `let v_${each} = pair_(${each});`));
    body.push(`${body.pop()?.replace(/;$/, "")}.x;`);
  }
  const given = parameters.map((each) => `${isOfPairs ? "" : "v_"}${each}: f32`).join(", ");
  return withShortNames(`fn ${name}_(${given}) -> f32 {\n${body.join("\n")}\n}`);
}

/** The names of values; memory and arguments have other names. */
const NAMES = "abcdefghijklnoqrstuvwzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * Returns a function with few names, which are short, and few parentheses, since its text is a part of bundles.
 *
 * @param {string} text
 */
function withShortNames(text) {
  /** @type {Map<string, string>} */
  const names = new Map();
  const bare = text.replace(/(?<=[(,] ?)\((-[\d.]+(?:e-?\d+)?f?)\)/g, "$1");
  return withFewNames(bare.split("\n")).replace(/\bv_\w+/g, (name) => {
    const short = names.get(name) ?? NAMES[names.size];
    if (short === undefined) throw new Error("more values than names");
    names.set(name, short);
    return short;
  });
}

/** Patterns for values that are numbers, and for values that are pairs: a name is used only for one of the two. */
const KINDS = [/^(?:let|var) (v_\w+) = keep_\(/, /^(?:let|var) (v_\w+) = (?:mul|add|scale)2_\(/];

/** Reuses the names of values in the same block that are no longer needed. @param {string[]} lines */
function withFewNames(lines) {
  let depth = 0;
  const depths = lines.map((line) => {
    if (line.startsWith("}")) depth--;
    const own = depth;
    if (line.endsWith("{")) depth++;
    return own;
  });
  lines.forEach((line, i) => {
    for (const kind of KINDS) {
      const name = kind.exec(line)?.[1];
      if (name === undefined) continue;
      for (let k = i - 1; k >= 0 && depths[k] >= depths[i]; k--) {
        const free = depths[k] === depths[i] ? kind.exec(lines[k])?.[1] : undefined;
        const rest = lines.slice(i + 1).join("\n");
        if (free === undefined || new RegExp(`\\b${free}\\b`).test(rest)) continue;
        lines[k] = lines[k].replace("let", "var");
        lines[i] = lines[i].replace(/^let \w+/, free);
        for (let l = i + 1; l < lines.length; l++) {
          lines[l] = lines[l].replace(new RegExp(`\\b${name}\\b`, "g"), free);
        }
        break;
      }
    }
  });
  return lines.join("\n");
}

class WgslPrinter extends Printer {
  /** @override @param {import("./steps.mjs").Value} step */
  nameFor(step) {
    const { label } = step;
    if (label === undefined || !label.startsWith("v_")) step.label = `v_${label ?? "t"}`;
    const name = super.nameFor(step);
    step.label = label;
    return name;
  }
}

/** @param {readonly Description[]} descriptions */
export function emitWgsl(descriptions) {
  const own = descriptions.filter(({ precision }) => precision === "f32");
  const entries = own.map((description) => `  \`${emitFunction(description)}\`,\n`);
  return `/**
 * The elementary functions in WGSL.
 *
 * Generated by packages/wasm-kernel/elementary/generate.mjs; do not edit.
 */

export const ELEMENTARY: readonly string[] = [
${entries.join("")}];
`;
}
