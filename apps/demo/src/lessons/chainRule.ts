/**
 * The chain rule on three composite functions.
 */

import { explain, type Graph, grad, named, type Tensor } from "@graddiff/core";
import { defineLesson, type Section } from "./lesson.ts";
import { pathsToResult, productAlong } from "./paths.ts";

type Point = Record<"x" | "y", Tensor>;
type Single = Record<"x", Tensor>;

const squareOfSum = ({ x, y }: Point) => named("z", named("t", x.add(y)).square());
const sineOfSquare = ({ x }: Single) => named("z", named("t", x.square()).sin());
const timesSine = ({ x }: Single) => named("z", x.mul(named("s", x.sin())));

/** Local derivatives multiplied along each path, and checked against grad. */
export const chainRule = defineLesson({
  name: "chain-rule",
  title: "The chain rule",
  explanation:
    "The derivative of a function made of functions is the product of their derivatives. In a graph " +
    "that means: every node knows only its own local derivative, and the gradient that arrives from " +
    "the right is multiplied by it on the way to the left. No node has to know the whole. Where " +
    "several paths lead from a number to the result, what comes back along them is added.",
  inputs: {
    x: { label: "x", initial: 3 },
    y: { label: "y", initial: 2 },
  },
  run({ x, y }) {
    const squared = explain(squareOfSum)({ x, y });
    const sine = explain(sineOfSquare)({ x });
    const forked = explain(timesSine)({ x });
    return {
      sections: [
        alongPaths({
          heading: "z = (x + y)², with t = x + y",
          text: "dz/dt is 2t and ∂t/∂x is 1; their product is ∂z/∂x.",
          graph: squared,
          gradient: grad(squareOfSum)({ x, y }).x.item(),
        }),
        alongPaths({
          heading: "z = sin(x²), with t = x²",
          text: "dz/dt is cos(t) and dt/dx is 2x.",
          graph: sine,
          gradient: grad(sineOfSquare)({ x }).x.item(),
        }),
        alongPaths({
          heading: "z = x · s, with s = sin(x): two paths",
          text: "x goes into the product directly and through the sine; both ways count.",
          graph: forked,
          gradient: grad(timesSine)({ x }).x.item(),
        }),
      ],
    };
  },
});

interface Example {
  readonly heading: string;
  readonly text: string;
  readonly graph: Graph;
  /** dz/dx as grad computes it. */
  readonly gradient: number;
}

/** A table of the local derivatives on the way from z back to x. */
function alongPaths({ heading, text, graph, gradient }: Example): Section {
  const paths = pathsToResult(graph, "x");
  const rows = paths.flatMap((path, i): [string, number][] => {
    const prefix = paths.length === 1 ? "" : `path ${i + 1}: `;
    const steps = path.map(({ from, to, localDerivative }): [string, number] => [
      `${prefix}∂${nameOf(graph, to)}/∂${nameOf(graph, from)}`,
      localDerivative,
    ]);
    return [...steps.reverse(), [`${prefix}product`, productAlong(path)]];
  });
  if (paths.length > 1) {
    rows.push(["sum of the paths", paths.reduce((sum, path) => sum + productAlong(path), 0)]);
  }
  rows.push(["grad() says", gradient]);
  return {
    heading,
    text,
    table: {
      columns: [{ title: "local derivatives" }, { title: "number", kind: "gradient" }],
      rows,
    },
    graph,
  };
}

function nameOf(graph: Graph, id: number): string {
  const node = graph.nodes[id];
  return node?.name ?? node?.op?.symbol ?? "constant";
}
