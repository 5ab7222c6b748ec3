import { describe, expect, test } from "vitest";
import { catalogueOf } from "../src/course/catalogue/index.ts";
import { languages } from "../src/course/catalogue/languages.ts";
import { told as lessons } from "../src/course/lessons.ts";
import { main } from "../src/terminal/main.ts";
import { nearest } from "../src/terminal/nearest.ts";
import { widthOf, wrap } from "../src/terminal/text.ts";

/** Runs the program as if typed in a terminal. */
function run(argv: readonly string[], { styled = false } = {}) {
  let output = "";
  let errors = "";
  const code = main(argv, {
    write: (text) => {
      output += text;
    },
    writeError: (text) => {
      errors += text;
    },
    styled,
    version: "1.2.3",
  });
  return { code, output, errors, lines: output.trimEnd().split("\n") };
}

const SNACK_TAX = ["200 220.00000000000003", "1.1 200", "2.2 110.00000000000001"];

describe("without arguments", () => {
  const { code, lines, output, errors } = run([]);

  test("the three lines of the snack tax stand on lines of their own, in order", () => {
    const first = lines.indexOf("200 220.00000000000003");
    expect(lines.slice(first, first + 3)).toEqual(SNACK_TAX);
    expect([code, errors]).toEqual([0, ""]);
  });

  test("times of JavaScript and WebAssembly follow, and the commands of all lessons, in 60 lines", () => {
    expect(output).toMatch(/graddiff in JavaScript +\d+\.\d\d/);
    expect(output).toMatch(/graddiff in WebAssembly +\d+\.\d\d/);
    expect(output).toContain("to the last bit");
    for (const { name } of lessons) expect(output).toContain(`npm start -- --lesson ${name}`);
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines.filter((line) => widthOf(line) > 80)).toEqual([]);
  });
});

describe.each(languages)("in %s", (language) => {
  const texts = catalogueOf(language);

  test.each(lessons.map(({ name }) => name))("%s is told within 80 columns", (name) => {
    const { lines, output } = run(["--lesson", name, "--lang", language]);
    expect(lines[0]).toBe(texts.lessons[name].title);
    expect(lines.filter((line) => widthOf(line) > 80)).toEqual([]);
    expect(output).not.toMatch(/undefined|NaN|\{in:|\{v:|\{g:|\{fact:|\[page/);
    expect(output).not.toContain("\u001b");
  });

  test("the help has every option, every lesson and every input, within 80 columns", () => {
    const { code, output, lines } = run(["-h", "--lang", language]);
    expect(code).toBe(0);
    const inputs = lessons.flatMap((lesson) => Object.keys(lesson.inputs));
    for (const name of ["lesson", "lang", "digits", "list", "json", "version", "help", ...inputs]) {
      expect(output).toContain(`--${name}`);
    }
    for (const { name } of lessons) expect(output).toContain(texts.lessons[name].title);
    expect(lines.filter((line) => widthOf(line) > 80)).toEqual([]);
  });
});

describe("inputs", () => {
  test.each([
    [["--apples", "3"], "825"],
    [["--lesson", "apples", "--price", "200"], "440"],
    [["--x", "4", "--lesson", "chain-rule"], "36"],
    [["--lesson=nodes", "--y", "1"], "6"],
    [["--lesson", "training", "--rate", "10"], "0.1169"],
    [["--lesson", "question", "--t1", "1"], "0.2486"],
    [["--lesson", "apples", "--tax=2"], "400"],
  ])("%j change the lesson", (argv, number) => {
    expect(run(argv).output).toContain(number);
  });

  test("choose the lesson that has them", () => {
    expect(run(["--snack", "250", "--count=4", "--tax", "1.25"]).lines).toContain("1000 1250");
    expect(run(["--tangerines", "0"]).lines[0]).toBe("The computational graph");
  });
});

test("--digits chooses the precision of all numbers", () => {
  expect(run(["--lesson", "training", "--digits", "9"]).output).toContain("0.291027774");
  expect(run(["--lesson", "training", "--digits", "2"]).output).toContain("0.29\n");
});

test("--version writes the version, and --list the lessons", () => {
  expect(run(["--version"]).output).toBe("1.2.3\n");
  const { lines } = run(["--list"]);
  expect(lines).toHaveLength(lessons.length);
  expect(lines[4]).toBe("chain-rule  The chain rule");
  expect(run(["--list", "--lang", "ko"]).output).toContain("연쇄법칙");
});

test("--json writes nothing but the results", () => {
  const { output, errors } = run(["--json", "--lesson", "snack-tax", "--count", "3"]);
  const [result] = JSON.parse(output);
  expect(errors).toBe("");
  expect(result.inputs).toMatchObject({ snack: 100, count: 3, tax: 1.1 });
  expect(result.prints[0]).toBe("300 330");
  expect(result.graph.nodes[0]).toMatchObject({ name: "snack", value: 100 });
  expect(JSON.parse(run(["--list", "--json"]).output)).toHaveLength(lessons.length);
});

test("Lessons are chosen by repetition or by commas, each once and in the order given.", () => {
  const separate = run(["--lesson", "snack-tax", "--lesson", "chain-rule"]);
  expect(run(["--lesson", "snack-tax,chain-rule,snack-tax"]).output).toBe(separate.output);
  expect(separate.output.indexOf("Snack")).toBeLessThan(separate.output.indexOf("The chain"));
});

test("Text is styled only where that is asked for.", () => {
  const { output, lines } = run(["--lesson", "snack-tax"], { styled: true });
  expect(output).toContain("\u001b[1mSnack tax in code");
  expect(lines).toContain("200 220.00000000000003");
});

test("Drawings stand where they fit; what is too wide is listed.", () => {
  expect(run(["--lesson", "apples"]).output).toContain("price ───");
  const network = run(["--lesson", "training"]).output;
  expect(network).toContain("too wide");
  expect(network).toMatch(/o1 +σ\(w5 × h1 \+ w6 × h2 \+ b2\) +0\.7514 +0\.7414/);
  expect(network).toMatch(/E +\(E1² \+ E2²\) × 0\.5 +0\.2984 +1\n/);
});

test("The shares of the question are fractions, and no node has a gradient.", () => {
  const { output } = run(["--lesson", "question"]);
  expect(output).toContain("o1 → h1: w5 / (w5 + w6): 0.4 / (0.4 + 0.45) ≈ 0.4706");
  expect(output).toContain("error × share: −0.7414 × 0.4706 ≈ −0.3489");
  expect(output).toContain("together at h1: −0.3489 + 0.1034 = −0.2455");
  expect(output).not.toMatch(/gradient {2}|gradients below/);
  expect(run(["--lesson", "question", "--w6", "-0.4"]).output).toContain("0.4 / (0.4 − 0.4) → ∞");
});

test("The answer writes out the updates and the factors.", () => {
  const { output } = run(["--lesson", "training"]);
  expect(output).toContain("w5: 0.4 − 0.5 × 0.08217 ≈ 0.3589");
  expect(output).toContain("w5 → o1: σ′ · h1 ≈ 0.1868 × 0.5933 ≈ 0.1108");
});

test("--forward gives the derivatives of forward mode", () => {
  const { output } = run(["--lesson", "apples", "--forward", "count"]);
  expect(output).toContain("derivative with respect to count, forward:");
  expect(output).toMatch(/total +apples × tax +220 +110\n?/);
  expect(output).not.toContain("gradients below");
  // The lesson about forward mode shows tangents from the start, beside its drawing.
  expect(run(["--lesson", "chain-rule"]).output).toMatch(/z +t² +25 +10\n?/);
  expect(run(["--forward", "w7"]).lines[0]).toBe("Weight update: the answer");
});

test.each([
  [["--snak", "3"], "unknown option --snak; did you mean --snack?"],
  [["-x"], "unknown option -x"],
  [["--constructor"], "unknown option --constructor; --help shows all options"],
  [["snack-tax"], 'unexpected argument "snack-tax"; to choose a lesson write --lesson snack-tax'],
  [["hello"], 'unexpected argument "hello"; --help shows all options'],
  [["--json=yes"], "--json takes no value"],
  [["--lesson"], "--lesson needs the name of a lesson; --list shows them"],
  [["--lesson", "snack-tax,"], "--lesson needs the name of a lesson; --list shows them"],
  [["--lesson", "snacktax"], 'unknown lesson "snacktax". Did you mean snack-tax? Lessons: apples'],
  [["--lesson", "zzz"], 'unknown lesson "zzz". Lessons: apples, snack-tax'],
  [["--snack"], "--snack needs a number, as in --snack 100"],
  [["--snack", "--tax", "2"], "--snack needs a number, as in --snack 100"],
  [["--count", "-1"], '--count must be 0 or more, not "-1"'],
  [["--count="], "--count needs a number"],
  [["--tax", "1,1"], '--tax must be a number, not "1,1"'],
  [["--tax", "Infinity"], '--tax must be a finite number, not "Infinity"'],
  [["--purchases", "1.5"], '--purchases must be a whole number, not "1.5"'],
  [
    ["--lesson", "graph", "--snack", "1"],
    "--snack is for the lesson snack-tax, which is not among",
  ],
  [["--snack", "1", "--w7", "1"], "no lesson has all of --snack, --w7"],
  [["--function"], '--function needs a function, as in --function "z = (x + y)^2; x = 3"'],
  [["--function", "2("], "--function, at the end: Something is missing here"],
  [["--function", "sin + x"], '--function, at "sin + x": sin needs brackets: sin(…)'],
  [
    ["--function", "sin^-1 x"],
    '--function, at "sin^-1 x": sin⁻¹ is the inverse function to some and 1/sin to others: write which (arcsin(x) or (1/sin(x)))',
  ],
  [
    ["--function", "x^2", "--set", "y=1"],
    '--set must be an input of the function, not "y"; it has x',
  ],
  [["--function", "x^2", "--set", "x=much"], '--set x must be a number, not "much"'],
  [["--function", "x^2", "--lesson", "apples"], "--function stands without --lesson"],
  [["--set", "x=1"], "--set is for the inputs of --function"],
  [
    ["--function", "x^2", "--forward", "y"],
    "the lesson own has no derivative with respect to y; it has x",
  ],
  [["--forward"], "--forward needs the name of an input, as in --forward price"],
  [["--forward", "pric"], '--forward must be an input, not "pric"; did you mean price?'],
  [
    ["--lesson", "training", "--forward", "rate"],
    "the lesson training has no derivative with respect to rate; it has i1, i2, w1",
  ],
  [
    ["--lesson", "question", "--forward", "w5"],
    "the lesson question has no derivative with respect to w5; it has none",
  ],
  [["--lang", "de"], '--lang must be en or ko, not "de"'],
  [["--digits", "0"], '--digits must be a whole number from 1 to 17, not "0"'],
])("%j is refused with one clear line", (argv, message) => {
  const { code, output, errors } = run(argv);
  expect([code, output]).toEqual([2, ""]);
  expect(errors).toContain(`graddiff demo: ${message}`);
  expect(errors.trimEnd().split("\n")).toHaveLength(1);
});

test("nearest finds a misspelt word and the start of one, and nothing else", () => {
  const words = ["snack-tax", "chain-rule", "batch"];
  expect(["snak-tax", "chain", "bat", "x", "nothing"].map((word) => nearest(word, words))).toEqual([
    "snack-tax",
    "chain-rule",
    "batch",
    undefined,
    undefined,
  ]);
});

test("Hangul takes two columns, and lines break where words allow", () => {
  expect([widthOf("계산 그래프"), widthOf("xʸ"), widthOf("e\u0301")]).toEqual([11, 2, 1]);
  expect(wrap("one two three incomprehensible", 8)).toEqual([
    "one two",
    "three",
    "incomprehensible",
  ]);
  expect(wrap("사과 값을 끌어 보세요.", 10)).toEqual(["사과 값을", "끌어", "보세요."]);
});

test("The course's own formula of an error is read as it is meant, and says with which choice.", () => {
  const { code, output } = run(["--function", "E = 1/2 (t - o)^2; t = 1; o = 0.4"]);
  expect(code).toBe(0);
  for (const words of [
    "read as\n  E = (1 / 2) · ((t − o)²)\n  1/2 (t - o)^2 is read as (1/2) · (t - o)^2; write 1/(2 (t - o)^2)",
    "0.18",
    "0.6",
    "-0.6",
  ]) {
    expect(output).toContain(words);
  }
  const json = JSON.parse(run(["--function", "E = mc^2", "--json"]).output)[0];
  expect([json.read, json.choices[0].others[0].shown]).toEqual([["E = m · (c²)"], "mc = 1"]);
});

test("A function of one's own is told as a lesson is, and its program computes the same.", () => {
  const text = "z = (사과 + y)^2 − 3y\n사과 = 3; y = 2";
  const { code, output } = run(["--function", text]);
  expect(code).toBe(0);
  expect(output).toContain('return named("z", 사과.add(y).square().sub(mul(3, y)));');
  expect(output).toMatch(/\(−\)─+ z\n/);
  expect(output).toContain(" 19");
  expect(run(["--function", text, "--set", "사과=4", "--json"]).output).toContain('"value": 30');
  const forward = run(["--function", text, "--forward", "y"]).output;
  expect(forward).toContain("derivative with respect to y, forward:");
  expect(forward).toMatch(/ 7\n?/);
  expect(run(["--function", text]).lines.filter((line) => widthOf(line) > 80)).toEqual([]);
});
