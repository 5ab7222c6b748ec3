import fc from "fast-check";
import { test } from "vitest";
import { randomGraph } from "./graphs.ts";

test("fuzz", () => {
  fc.assert(
    fc.property(randomGraph, (g) => {
      g.text();
      g.dot();
    }),
    { numRuns: 15000 },
  );
}, 200000);
