/**
 * Tests of typed functions: reading, computation, and the TypeScript program that the page shows.
 */

import { readdirSync, readFileSync } from "node:fs";
import * as library from "@graddiff/core";
import { describe, expect, test } from "vitest";
import fc from "../../../packages/core/test/support/properties.ts";
import { WHOLE } from "../../../packages/core/test/support/sampling.ts";
import { formatNumber } from "../src/instrument/format.ts";
import { formulaOf, lettersOf } from "../src/instrument/formula.ts";
import { build } from "../src/own/build.ts";
import { codeOf } from "../src/own/code.ts";
import { PRESET_NAMES, PRESETS } from "../src/own/presets.ts";
import { MOST_CHARACTERS, MOST_OPERATIONS, readProgram, tryProgram } from "../src/own/program.ts";
import { Trouble } from "../src/own/trouble.ts";
import { writtenLines } from "../src/own/written.ts";
import { calculation, plainly, START, startLines } from "./reader/functions.ts";
import { rounding } from "./reader/rounding.ts";

const graphOf = (text: string) => {
  const program = readProgram(text);
  const names = [...program.inputs.keys()];
  return library.explain(build(program), { names })(...program.inputs.values());
};

const resultOf = (text: string): number => {
  const { nodes, output } = graphOf(text);
  return nodes[output]?.value?.item() ?? Number.NaN;
};

const troubleOf = (text: string) => {
  const found = tryProgram(text);
  return found instanceof Trouble
    ? [found.kind, text.slice(found.start, found.end), ...found.values]
    : writtenLines(found);
};

describe("a text is read back with its brackets:", () => {
  test.each([
    ["z = (x + y)^2", "z = (x + y)²"],
    ["사과*100 + 귤*150", "(사과 · 100) + (귤 · 150)"],
    ["3x", "3 · x"],
    ["x²", "x²"],
    ["x⁻¹² + x¹⁰", "(x^(−12)) + (x^10)"],
    ["2^3^x", "2^(3^x)"],
    ["−x^2", "−(x²)"],
    ["-x**2", "−(x²)"],
    ["1/2x", "1 / (2 · x)"],
    ["a/b/c − d − e", "(((a / b) / c) − d) − e"],
    ["x^-2y", "(x^(−2)) · y"],
    ["2x^3y", "(2 · (x³)) · y"],
    ["√4x", "√(4) · x"],
    ["√x²", "√(x²)"],
    ["√(x+1)", "√(x + 1)"],
    ["3x2", "3 · x2"],
    ["2.5e−3x", "0.0025 · x"],
    ["x(y+1)", "x · (y + 1)"],
    ["(x+1)(x−1)", "(x + 1) · (x − 1)"],
    ["2πr", "(2 · π) · r"],
    ["2π r", "(2 · π) · r"],
    ["2x", "2 · x"],
    ["log(x)", "ln(x)"],
    ["max(x, min(y, 2))", "max(x, min(y, 2))"],
    ["σ(x) + sigmoid(x)", "σ(x) + sigmoid(x)"],
    ["σ(w₁ x₁ + b)", "σ((w₁ · x₁) + b)"],
    ["w₁x₁", "w₁ · x₁"],
    ["２", ["unknown", "２", "２"]],
    ["（x＋1）＊2", "(x + 1) · 2"],
    ["x − −y", "x − (−y)"],
    ["2e3x + 2e", "(2000 · x) + (2 · e)"],
    ["constructor + toString * __proto__", "constructor + (toString · __proto__)"],
    ["\u1109\u1161\u1100\u116a + 1", "사과 + 1"],
    [".5x + 5.y", "(0.5 · x) + (5 · y)"],
  ] as const)("%s", (text, read) => {
    expect(troubleOf(text)).toEqual(typeof read === "string" ? [read] : read);
  });
});

describe("a text that is none is refused at its position:", () => {
  test.each([
    ["2(", "unfinished", ""],
    ["2(x", "unclosed", "("],
    ["3√", "unfinished", ""],
    ["x +", "unfinished", ""],
    ["* x", "misplaced", "*"],
    ["x) + 1", "misplaced", ")"],
    ["x # y", "unknown", "#"],
    ["n!", "factorial", "!"],
    ["floor(x)", "steps", "floor"],
    ["dx/dt", "derivative", "dx/dt"],
    ["f'(x)", "derivative", "'"],
    ["sin^-1 x", "inverse", "sin^-1 x"],
    ["|a|b|c|", "bars", "|a|b|c|"],
    ["|x", "bar", "|"],
    ["x 🍎", "unknown", "🍎"],
    ["2 3", "apart", "2 3"],
    ["x 2", "apart", "x 2"],
    ["sin −x", "brackets", "sin"],
    ["sin + 1", "brackets", "sin"],
    ["sine(x)", "noFunction", "sine"],
    ["사과(귤 + 1)", "noFunction", "사과"],
    ["max(x)", "count", "max(x)"],
    ["sin(x, y)", "count", "sin(x, y)"],
    ["2,5 * x", "decimal", "2,5"],
    ["(x, y)", "comma", ","],
    ["pi = 3; pi * x", "reserved", "pi"],
    ["sin = x", "reserved", "sin"],
    ["a = x; a = y", "twice", "a"],
    ["a = 1; a = 2; a x", "twice", "a"],
    ["z = x + 1; x = y * 2", "early", "x"],
    ["z = z + 1", "early", "z"],
    ["x / (1/0)", "notFinite", "1/0"],
    ["1e999 x", "notFinite", "1e999"],
    ["x == 3", "misplaced", "="],
    ["", "empty", ""],
    ["x = 3", "empty", ""],
    ["1 + 2", "empty", ""],
  ] as const)("%s", (text, kind, place?: string) => {
    const found = troubleOf(text);
    expect(found[0]).toBe(kind);
    if (place !== undefined) expect(found[1]).toBe(place);
  });
});

test("A text that is too long, too deep or too large is refused before it is drawn.", () => {
  expect(troubleOf(`${"(".repeat(70)}x`)[0]).toBe("deep");
  expect(
    troubleOf(
      Array(MOST_OPERATIONS + 2)
        .fill("x")
        .join("+"),
    )[0],
  ).toBe("large");
  expect(troubleOf("x".repeat(MOST_CHARACTERS + 1))[0]).toBe("long");
});

test("The last line is the result, numbers are start values, and others begin with small numbers.", () => {
  const program = readProgram("t = x + y; x = 3\nz = t² − 3x; y = 1/4");
  expect([...program.inputs]).toEqual([
    ["x", 3],
    ["y", 0.25],
  ]);
  expect(program.lines.map(({ name }) => name)).toEqual(["t", "z"]);
  expect(resultOf("t = x + y; x = 3\nz = t² − 3x; y = 2")).toBe(16);
  expect([...readProgram("f * y").inputs.keys(), readProgram("f * y").lines[0]?.name]).toEqual([
    "f",
    "y",
    "result",
  ]);
  expect(resultOf("f * y")).toBe(0.75);
});

test("A root of a square, Newton's step, a softmax and all other presets have finite numbers.", () => {
  for (const name of PRESET_NAMES) {
    const graph = graphOf(PRESETS[name]);
    expect(graph.nodes.every(({ value }) => Number.isFinite(value?.item()))).toBe(true);
  }
  expect(graphOf(PRESETS.newton).node("next")?.value?.item()).toBe(1.5);
  const exp = [1, 2, 0.5].map(Math.exp);
  const loss = -Math.log((exp[0] ?? 0) / exp.reduce((a, b) => a + b));
  expect(resultOf(PRESETS.softmax)).toBeCloseTo(loss, 14);
});

/** Returns the bits of every node of a graph, to compare two programs. */
const bitsOf = ({ nodes }: library.Graph) =>
  nodes.map(({ value, gradient, name, op }) =>
    [name, op?.name, value?.item(), gradient?.item()].map(String).join(" "),
  );

/** Runs a copied program, without its types and with the library in place of its import. */
function runCode(lines: readonly string[]): library.Graph {
  const words = lines[0]?.match(/\{ (.*), type Tensor \}/)?.[1] ?? "";
  const body = lines.slice(1, -1).join("\n").replaceAll(": Tensor", "");
  return new Function("library", `const { ${words} } = library;\n${body}\nreturn graph;`)(library);
}

test("Any calculation has the result of plain arithmetic, and its program in TypeScript the same bits.", () => {
  let compared = 0;
  fc.assert(
    fc.property(calculation, (drawn) => {
      const text = `${drawn.text}\n${startLines}`;
      const read = tryProgram(text);
      if (read instanceof Trouble) {
        // The text has only numbers, is too large or deep, or has no finite result.
        expect(["empty", "notFinite", "large", "deep"]).toContain(read.kind);
        return;
      }
      const graph = graphOf(text);
      const { expected, room } = plainly(drawn, START);
      const value = graph.nodes[graph.output]?.value?.item() ?? Number.NaN;
      if (Number.isFinite(expected + room) && Math.abs(expected) < 1e12) {
        expect(Math.abs(value - expected), text).toBeLessThanOrEqual(room);
        if (room <= 1e-9 * Math.abs(expected)) compared++;
      }
      expect(bitsOf(runCode(codeOf(read))), text).toEqual(bitsOf(graph));
      // The printed text parses to the same function.
      const again = `${writtenLines(read).join("\n")}\n${startLines}`;
      expect(bitsOf(graphOf(again)), again).toEqual(bitsOf(graph));
    }),
    { numRuns: WHOLE ? 3000 : 150 },
  );
  expect(compared).toBeGreaterThan(WHOLE ? 1000 : 50);
});

/** Differences for random ops, also without a name: the number of the op, and the difference. */
const differences = fc.array(
  fc.tuple(fc.nat({ max: 60 }), fc.constantFrom(0.5, -0.25, 3, -7, 1e-9)),
  { maxLength: 3 },
);

test("The formula of any node, with what is folded into it, computes its value.", () => {
  let compared = 0;
  fc.assert(
    fc.property(calculation, fc.nat({ max: 3 }), differences, (drawn, turn, added) => {
      const read = tryProgram(`${drawn.text}\n${startLines}`);
      if (read instanceof Trouble) return;
      const plain = graphOf(`${drawn.text}\n${startLines}`);
      const ops = plain.nodes.filter(({ op }) => op !== undefined);
      const graph = plain.adjusted(
        Object.fromEntries(
          added.flatMap(([k, by]) => (ops.length === 0 ? [] : [[ops[k % ops.length]?.id, by]])),
        ),
      );
      const numberText = (value: number) => formatNumber(value, "exact");
      const { operands } = lettersOf(graph, numberText);
      // Some operations are folded into the node, and the others occur in its formula by name.
      const hides = graph.nodes.flatMap(({ id, op }) =>
        op !== undefined && (turn === 3 || id % 3 !== turn) ? [id] : [],
      );
      for (const { id, op, value } of graph.nodes) {
        const before = hides.filter((each) => each < id);
        let isLong = false;
        const operandOf = (each: number) => {
          const operand = operands[each] ?? "";
          isLong ||= operand.includes("…");
          return operand;
        };
        const formula = formulaOf(graph, { id, hides: before }, operandOf, numberText);
        const expected = value?.item() ?? Number.NaN;
        // Long formulas are left out, and formulas with nested bars are ambiguous, so both are skipped.
        const hasBars = (formula?.match(/\|/g)?.length ?? 0) > 2;
        if (op === undefined || formula === undefined || isLong || hasBars) continue;
        if (!Number.isFinite(expected)) continue;
        const found = tryProgram(`${formula}\n${startLines}`);
        if (found instanceof Trouble) expect(["large", "deep"], formula).toContain(found.kind);
        else {
          const made = graphOf(`${formula}\n${startLines}`);
          const result = made.nodes[made.output]?.value?.item() ?? Number.NaN;
          // The tolerance excludes digits that cancel, or that a sine of a large number loses.
          const room = 1e-12 * Math.abs(expected) + 2 ** -44 * rounding(made);
          if (!Number.isFinite(room)) continue;
          expect(Math.abs(result - expected), formula).toBeLessThanOrEqual(room);
          if (room <= 1e-9 * Math.abs(expected)) compared++;
        }
      }
    }),
    { numRuns: WHOLE ? 3000 : 300 },
  );
  expect(compared).toBeGreaterThan(WHOLE ? 1000 : 100);
});

test("The programs of the presets compute the bits of their graphs.", () => {
  for (const name of PRESET_NAMES) {
    const program = readProgram(PRESETS[name]);
    expect(bitsOf(runCode(codeOf(program)))).toEqual(bitsOf(graphOf(PRESETS[name])));
  }
  expect(codeOf(readProgram("z = (x + y)^2 − 3x; x = 3; y = 1"))).toEqual([
    'import { explain, named, mul, type Tensor } from "@graddiff/core";',
    "",
    "const f = (x: Tensor, y: Tensor) => {",
    '  return named("z", x.add(y).square().sub(mul(3, x)));',
    "};",
    "",
    'const graph = explain(f, { names: ["x", "y"] })(3, 1);',
    "console.log(graph.text());",
  ]);
  const words = codeOf(readProgram("new = class * x₁; 가격 = new + f + x1"));
  expect(words.join("\n")).toContain("(class_: Tensor, x1: Tensor, f_: Tensor, x1_: Tensor)");
});

/** Texts similar to functions: tokens in any order, damaged functions, and any text. */
const texts = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        ...["x", "y1", "사과", "e", "π", "3", "2.5", ".", "1e", "+", "-", "−", "*", "/", "^", "²"],
        ...[
          "⁻",
          "√",
          "(",
          ")",
          "(",
          ")",
          ",",
          "=",
          "\n",
          ";",
          " ",
          "sin",
          "max",
          "σ",
          "constructor",
        ],
        ...["|", "½", "{", "}", "\\frac", "_", "mc", "ln", "f(", "1/2 ", "log", "tax", "'"],
        ...["__proto__", "eval", "`", "${", "\u0301", "\ud800", "👩‍🍳", "\u200b", "'", '"', "=>"],
      ),
      { maxLength: 24 },
    )
    .map((words) => words.join("")),
  calculation.chain(({ text }) =>
    fc
      .tuple(fc.nat(), fc.string({ unit: "binary", maxLength: 2 }), fc.nat(3))
      .map(([at, insert, remove]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + insert + text.slice(place + remove);
      }),
  ),
  fc.string({ unit: "binary" }),
);

test("No text makes the parser throw anything but its own troubles, and each has its position.", () => {
  const counts = { read: 0, refused: 0 };
  fc.assert(
    fc.property(texts, (text) => {
      const found = tryProgram(text);
      if (found instanceof Trouble) {
        counts.refused++;
        expect(found.start >= 0 && found.start <= found.end && found.end <= text.length).toBe(true);
        return;
      }
      counts.read++;
      for (const { start, end, others } of found.choices) {
        expect(start >= 0 && start < end && end <= text.length).toBe(true);
        for (const other of others) tryProgram(other.text);
      }
      for (const name of found.inputs.keys()) expect(name).toMatch(/^[\p{L}_][\p{L}\p{Nd}_₀-₉]*$/u);
      const graph = graphOf(text);
      expect(graph.nodes[graph.output]?.name).toBe(found.lines.at(-1)?.name);
    }),
    // A letter that normalises to a letter and a mark was once taken for a name.
    { numRuns: WHOLE ? 100_000 : 1500, examples: [["\ufb2a001"], ["x\u0958 + 1"]] },
  );
  expect(counts.read).toBeGreaterThan(100);
  expect(counts.refused).toBeGreaterThan(100);
}, 600_000);

test("Texts of the greatest length are read in time: no pattern goes back over what it has read.", () => {
  for (const part of [
    "(",
    "x+",
    "x^",
    "√",
    "−",
    "1",
    "1e",
    "가",
    "x ",
    "é\u0301",
    "x=1;",
    "sin(",
    "²",
    "|x",
    "x1y1",
    "sinx",
    "1/2 x ",
    "\\frac",
    "f(x)=x;",
  ]) {
    const found = tryProgram(part.repeat(MOST_CHARACTERS).slice(0, MOST_CHARACTERS));
    expect(found).toBeDefined();
  }
});

test("Nothing that is typed is executed: no file of the parser can evaluate a text.", () => {
  const folder = new URL("../src/own/", import.meta.url);
  for (const file of readdirSync(folder)) {
    const text = readFileSync(new URL(file, folder), "utf8");
    expect(text).not.toMatch(/\beval\(|\bFunction\(|\bimport\(|setTimeout\(/);
  }
});
