import { describe, expect, it } from "vitest";
import { parseArguments, UsageError } from "../src/arguments.ts";

describe("the command line", () => {
  it("asks for everything at full length by default", () => {
    expect(parseArguments([])).toEqual({
      quick: false,
      help: false,
      filter: undefined,
      json: undefined,
    });
  });

  it("takes values as the next word or after an equals sign", () => {
    expect(parseArguments(["--quick", "--filter", "multiply backward", "--json=a=b.json"])).toEqual(
      { quick: true, help: false, filter: "multiply backward", json: "a=b.json" },
    );
    expect(parseArguments(["--help"]).help).toBe(true);
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
