import { describe, expect, test } from "vitest";
import { lessons } from "../src/lessons/index.ts";
import { main } from "../src/terminal/main.ts";
import { nearest } from "../src/terminal/nearest.ts";
import { wrap } from "../src/terminal/text.ts";

/** Runs the program as if typed in a terminal. */
function run(argv: readonly string[], { columns = 80, styled = false } = {}) {
  let output = "";
  let errors = "";
  const code = main(argv, {
    write: (text) => {
      output += text;
    },
    writeError: (text) => {
      errors += text;
    },
    columns,
    styled,
  });
  return { code, output, errors, lines: output.split("\n") };
}

describe("snack-tax", () => {
  test("has the three lines on lines of their own, in order", () => {
    const { code, lines, errors } = run(["--lesson", "snack-tax"]);
    const first = lines.indexOf("200 220.00000000000003");
    expect(lines.slice(first, first + 3)).toEqual([
      "200 220.00000000000003",
      "1.1 200",
      "2.2 110.00000000000001",
    ]);
    expect([code, errors]).toEqual([0, ""]);
  });

  test("is chosen by its inputs", () => {
    const { lines, output } = run(["--snack", "250", "--count=4", "--tax", "1.25"]);
    expect(lines).toContain("1000 1250");
    expect(lines).toContain("5 312.5");
    expect(output).not.toContain("The chain rule");
  });

  test("takes its inputs beside other lessons", () => {
    const { output, lines } = run(["--lesson", "chain-rule,snack-tax", "--count", "0"]);
    expect(output).toContain("The chain rule");
    expect(lines).toContain("0 0");
  });
});

describe("lessons", () => {
  const all = run([]);

  test("all are shown without options, within 80 columns", () => {
    expect(all.code).toBe(0);
    for (const { title } of lessons) expect(all.lines).toContain(title);
    expect(all.lines.filter((line) => [...line].length > 80)).toEqual([]);
  });

  test("graphs are drawn where they fit, and listed where not", () => {
    expect(all.output).toContain("applePrice     ───");
    expect(all.output).toContain("too wide for this terminal");
    expect(run(["--lesson", "chain-rule"], { columns: 200 }).output).not.toContain("too wide");
  });

  test("are chosen by repetition or by commas, each once and in the order given", () => {
    const separate = run(["--lesson", "snack-tax", "--lesson", "chain-rule"]);
    expect(run(["--lesson", "snack-tax,chain-rule,snack-tax"]).output).toBe(separate.output);
    expect(separate.output.indexOf("Snacks")).toBeLessThan(separate.output.indexOf("The chain"));
  });

  test("are listed with names and titles", () => {
    const { lines } = run(["--list"]);
    expect(lines).toHaveLength(lessons.length + 1);
    expect(lines[1]).toBe("chain-rule             The chain rule");
  });

  test("are styled only where that is asked for", () => {
    expect(all.output).not.toContain("\u001b");
    expect(run(["--lesson", "snack-tax"], { styled: true }).output).toContain("\u001b[1mSnacks");
    expect(run(["--lesson", "snack-tax"], { styled: true }).lines).toContain(
      "200 220.00000000000003",
    );
  });
});

describe("--json", () => {
  test("writes nothing but the results", () => {
    const { output, errors } = run(["--json", "--lesson", "snack-tax", "--count", "3"]);
    const [result] = JSON.parse(output);
    expect(errors).toBe("");
    expect(result.inputs).toEqual({ snack: 100, count: 3, tax: 1.1 });
    expect(result.result.sections[0].lines[0]).toBe("300 330");
    expect(result.result.sections[1].graph.nodes[0]).toMatchObject({ name: "snack", value: 100 });
  });

  test("writes the list, too", () => {
    expect(JSON.parse(run(["--list", "--json"]).output)).toHaveLength(lessons.length);
  });
});

test("--help explains every option, within 80 columns", () => {
  const { code, output, lines } = run(["--help"]);
  expect(code).toBe(0);
  for (const option of ["--lesson", "--list", "--snack", "--count", "--tax", "--json", "--help"]) {
    expect(output).toContain(option);
  }
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test.each([
  [["--snak", "3"], "unknown option --snak; did you mean --snack?"],
  [["-x"], "unknown option -x; --help shows all options"],
  [["--constructor"], "unknown option --constructor; --help shows all options"],
  [["snack-tax"], 'unexpected argument "snack-tax"; to choose a lesson write --lesson snack-tax'],
  [["hello"], 'unexpected argument "hello"; --help shows all options'],
  [["--json=yes"], "--json takes no value"],
  [["--lesson"], "--lesson needs the name of a lesson; --list shows them"],
  [["--lesson", "snack-tax,"], "--lesson needs the name of a lesson; --list shows them"],
  [["--lesson", "snacktax"], 'unknown lesson "snacktax". Did you mean snack-tax? Lessons: apples'],
  [["--lesson", "apples"], 'unknown lesson "apples". Did you mean apples-and-tangerines?'],
  [["--lesson", "zzz"], 'unknown lesson "zzz". Lessons: apples-and-tangerines, chain-rule'],
  [["--snack"], "--snack needs a number, as in --snack 100"],
  [["--snack", "--tax", "2"], "--snack needs a number, as in --snack 100"],
  [["--count", "-1"], '--count must be 0 or more, not "-1"'],
  [["--count="], '--count must be a number, not ""'],
  [["--tax", "1,1"], '--tax must be a number, not "1,1"'],
  [["--tax", "NaN"], '--tax must be a number, not "NaN"'],
  [["--tax", "Infinity"], '--tax must be a finite number, not "Infinity"'],
  [["--lesson", "batch", "--tax", "1"], "--tax is for the lesson snack-tax, which is not among"],
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

test("wrap breaks at spaces and keeps a word that is too long", () => {
  expect(wrap("one two three incomprehensible", 8)).toEqual([
    "one two",
    "three",
    "incomprehensible",
  ]);
});
