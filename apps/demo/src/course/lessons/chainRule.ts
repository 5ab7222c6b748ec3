/**
 * Lesson 4: the chain rule on a function of a function, from both ends.
 */

import { explain } from "@graddiff/core";
import { formatTensor } from "../../instrument/format.ts";
import { defineLesson } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { z } from "../programs/squareOfSum.ts";

export const chainRule = defineLesson({
  name: "chain-rule",
  inputs: { x: { initial: 3, step: 0.1 }, y: { initial: 2, step: 0.1 } },
  programs: [sources.squareOfSum.z],
  explain: ({ x = 0, y = 0 }) => explain(z)({ x, y }),
  facts: {
    tangent: ({ graph, digits }) => formatTensor(graph.tangents({ x: 1 })[graph.output], digits),
  },
  run: [
    { key: "parts", at: "forward", node: "z", formula: "square" },
    {
      key: "outer",
      at: { phase: "backward", node: "z" },
      node: "t",
      ask: { node: "t", what: "gradient" },
    },
    { key: "chain", at: "end", node: "x", formula: "chain" },
    { key: "bend", at: "end", node: "x", offer: { node: "x", by: 1 } },
    { key: "forward", at: "end", node: "x", forwardBy: "x" },
  ],
});
