/**
 * Errors inside transformed functions end with the line in the user's code, or with no line.
 */

import { afterEach, describe, expect, test } from "vitest";
import {
  ArgumentError,
  compile,
  grad,
  Layer,
  scan,
  type Tensor,
  tensor,
  vectorize,
} from "../src/index.ts";
import { mistake } from "./fixtures/mistake.ts";

const x = tensor([1, 2]);

/** Throws for a tensor of two elements. */
function shifted(y: Tensor): Tensor {
  const sum = y.add(tensor([1, 2, 3]));
  return sum.mul(2);
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

/** The file, line and column of the addition in `shifted`. */
const HERE = /\. \[callSite\.test\.ts:22:17\]$/;

describe("the line of an error is the innermost outside of the library", () => {
  test.each<[string, () => unknown]>([
    ["in compile", () => compile((y: Tensor) => shifted(y))(x)],
    ["in vectorize, far below it", () => vectorize((y: Tensor) => shifted(y))(tensor([[1, 2]]))],
    [
      "in a gradient of a batch",
      () => compile(vectorize(grad((y: Tensor) => shifted(y).sum())))(tensor([[1, 2]])),
    ],
    [
      "in a step of a loop",
      () =>
        compile(
          (y: Tensor) =>
            scan((c: Tensor): [Tensor, []] => [shifted(c), []], y, undefined, { length: 2 })[0],
        )(x),
    ],
  ])("%s", (_name, run) => {
    expect(messageOf(run)).toMatch(HERE);
  });

  test("also where a transform inside has refused its own argument", () => {
    const outer = compile(() => compile(grad((y: Tensor) => y))(tensor([1, 2])));
    expect(messageOf(outer)).toMatch(/\. \[callSite\.test\.ts:\d+:\d+\]$/);
  });

  test("and in the file of the function, not of the caller", () => {
    expect(mistake()).toMatch(/\. \[mistake\.ts:4:15\]$/);
  });
});

describe("the stack of an error has the frames of the user's code alone", () => {
  const framesOf = (run: () => unknown): string[] => {
    try {
      run();
    } catch (error) {
      const [first = "", ...lines] = String((error as Error).stack).split("\n");
      // The first line is the final message, though a layer or a line may have been added to it after the error was
      // made.
      expect(first).toBe(String(error));
      return lines;
    }
    throw new Error("nothing was thrown");
  };
  const wide = tensor([1, 2, 3]);
  class Wrong extends Layer {
    compute(y: Tensor): Tensor {
      return y.add(wide);
    }
  }

  test.each<[string, () => unknown]>([
    ["of an op", () => shifted(x)],
    ["of a gradient", () => grad((y: Tensor) => shifted(y).sum())(x)],
    [
      "of a layer in a compiled batch",
      () => compile(vectorize((y: Tensor) => new Wrong().forward(y)))(tensor([[1, 2]])),
    ],
    ["in a callback of the runtime", () => [1].map(() => compile((y: Tensor) => shifted(y))(x))],
  ])("%s", (_name, run) => {
    const lines = framesOf(run);
    expect(lines[0]).toMatch(/callSite\.test\.ts:\d+:\d+/);
    expect(lines.length).toBeLessThanOrEqual(10);
    for (const line of lines) expect(line).not.toMatch(/\/core\/src\//);
  });

  test("keeps a cause, and may be written", () => {
    const error = new ArgumentError({ op: "own", expected: "one", got: "another" });
    error.cause = x;
    expect(error.cause).toBe(x);
    expect(
      framesOf(() => {
        throw error;
      })[0],
    ).toMatch(/callSite\.test\.ts/);
    error.stack = "mine";
    expect(error.stack).toBe("mine");
  });

  test("and those of the library where a program asks for 50 and more", () => {
    const host = Error as { stackTraceLimit?: unknown };
    const { stackTraceLimit } = host;
    host.stackTraceLimit = 60;
    try {
      expect(framesOf(() => shifted(x))[0]).toMatch(/\/core\/src\//);
    } finally {
      host.stackTraceLimit = stackTraceLimit;
    }
  });
});

describe("stacks of another form", () => {
  const host = Error as { prepareStackTrace?: unknown };
  const { prepareStackTrace } = host;
  afterEach(() => Object.assign(host, { prepareStackTrace }));

  interface Frame {
    getFunctionName(): string | null;
    getFileName(): string | null;
    getLineNumber(): number;
    getColumnNumber(): number;
  }
  const withSign = (frame: Frame) =>
    `${frame.getFunctionName() ?? ""}@${frame.getFileName()}:${frame.getLineNumber()}:${frame.getColumnNumber()}`;

  test("as Firefox and Safari write them are read, too", () => {
    host.prepareStackTrace = (_error: Error, frames: Frame[]) => frames.map(withSign).join("\n");
    const run = () => compile((y: Tensor) => shifted(y))(x);
    expect(messageOf(run)).toMatch(/\. \[callSite\.test\.ts:\d+:\d+\]$/);
  });
});

describe("where stacks are not as engines make them there is no line", () => {
  const host = Error as { stackTraceLimit?: unknown; prepareStackTrace?: unknown };
  const { stackTraceLimit, prepareStackTrace } = host;
  afterEach(() => Object.assign(host, { stackTraceLimit, prepareStackTrace }));
  const run = () => compile((y: Tensor) => shifted(y))(x);

  test("because they are switched off", () => {
    host.stackTraceLimit = 0;
    expect(messageOf(run)).toMatch(/got \[2\] and \[3\]\.$/);
    expect(host.stackTraceLimit).toBe(0);
  });

  test("because a program has given them another form", () => {
    host.prepareStackTrace = () => [];
    expect(messageOf(run)).toMatch(/got \[2\] and \[3\]\.$/);
  });

  test("and a limit of the program's own is left as it was", () => {
    host.stackTraceLimit = 7;
    expect(messageOf(run)).toMatch(HERE);
    expect(host.stackTraceLimit).toBe(7);
  });
});
