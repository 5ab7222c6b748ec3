/**
 * The problems of `npm run bench:solve`: their answers are the same when they are compiled and when they are called
 * directly.
 */

import { compile, type Tensor, type TensorTree, treeLeaves } from "@graddiff/core";
import { expect, test } from "vitest";
import { problems } from "../solve/problems.mjs";

interface Problem {
  readonly name: string;
  readonly fn: (...inputs: Tensor[]) => TensorTree;
  readonly inputs: () => readonly Tensor[];
  readonly hasSteps?: boolean;
}

test.each((problems as unknown as readonly Problem[]).map((each) => [each.name, each] as const))(
  "%s",
  (_, { fn, inputs, hasSteps }) => {
    const [plain, compiled] = [fn, compile(fn)].map((run) =>
      treeLeaves(run(...inputs())).flatMap((leaf) => Array.from(leaf.data())),
    );
    expect(plain?.every(Number.isFinite)).toBe(true);
    expect(compiled).toEqual(plain);
    if (hasSteps === true) expect(plain?.at(-1)).toBeGreaterThan(100);
  },
);
