import { describe, expect, it } from "vitest";
import { parseArguments, select, UsageError } from "../src/arguments.ts";

describe("the command line", () => {
  it("asks for everything at full length by default", () => {
    expect(parseArguments([])).toEqual({
      quick: false,
      browser: false,
      report: false,
      webgpu: false,
      fallback: false,
      help: false,
      filter: undefined,
      json: undefined,
    });
  });

  it("takes values as the next word or after an equals sign", () => {
    expect(parseArguments(["--quick", "--filter", "multiply backward", "--json=a=b.json"])).toEqual(
      {
        quick: true,
        browser: false,
        report: false,
        webgpu: false,
        fallback: false,
        help: false,
        filter: "multiply backward",
        json: "a=b.json",
      },
    );
    expect(parseArguments(["--help"]).help).toBe(true);
  });

  it("takes --browser and --report where a command has them", () => {
    const words = ["--browser", "--quick"];
    expect(parseArguments(words, ["--browser"])).toMatchObject({ browser: true, quick: true });
    expect(parseArguments(["--report"], ["--browser", "--report"])).toMatchObject({
      browser: false,
      report: true,
    });
    expect(() => parseArguments(words)).toThrow('"--browser": expected --quick, --filter TEXT,');
    expect(() => parseArguments(["-b"], ["--browser"])).toThrow("--quick, --browser,");
  });

  it.each([
    [["--fast"], '"--fast": expected --quick, --filter TEXT, --json PATH or --help. Try --help.'],
    [
      ["multiply"],
      '"multiply": expected --quick, --filter TEXT, --json PATH or --help. Try --help.',
    ],
    [["--filter"], "--filter: expected a value, got none."],
    [["--json", "--quick"], '--json: expected a value, got "--quick".'],
    [["--quick=yes"], '--quick: expected no value, got "yes".'],
    [["--quick", "--quick"], "--quick: expected once, got twice."],
  ])("refuses %j in one line", (words, message) => {
    expect(() => parseArguments(words)).toThrow(UsageError);
    expect(() => parseArguments(words)).toThrow(message);
    expect(message).not.toContain("\n");
  });
});

describe("the filter", () => {
  const names = ["train LeNet", "sort", "Train a transformer"];

  it("selects what has the text in its name, ignoring case, and all without a text", () => {
    expect(select(names, String, "TRAIN")).toEqual(["train LeNet", "Train a transformer"]);
    expect(select(names, String, undefined)).toEqual(names);
  });

  it("that finds nothing is told with a name", () => {
    expect(() => select(names, String, "cook")).toThrow(UsageError);
    expect(() => select(names, String, "cook")).toThrow(
      `--filter: expected a part of a case's name, got "cook". One name is "train LeNet".`,
    );
  });
});
