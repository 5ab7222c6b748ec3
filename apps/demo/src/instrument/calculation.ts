/**
 * What stands on the edges of a drawing, and where edges meet: products and sums of the graph's own numbers.
 */

import type { Graph, LayoutRoute, Tensor } from "@graddiff/core";
import { equation, type Lines, signOf, sumOfTerms } from "./equation.ts";
import { type Digits, formatNumber } from "./format.ts";

/** upstream × local = contribution. */
export interface Product {
  readonly upstream: number;
  readonly local: number | undefined;
  readonly contribution: number;
}

/** The product on an edge of the backward pass; undefined where no gradient flows, or one of arrays. */
export function backwardProduct(graph: Graph, route: LayoutRoute): Product | undefined {
  const edge = graph.nodes[route.reader]?.inputs[route.input];
  const upstream = graph.nodes[route.to]?.gradient;
  const contribution = edge?.gradient;
  if (edge === undefined || upstream === undefined || contribution === undefined) return undefined;
  if (upstream.rank > 0 || contribution.rank > 0) return undefined;
  const local =
    route.reader === route.to ? edge.localDerivative : localThroughFold(graph, route, contribution);
  return {
    upstream: upstream.item(),
    local: local?.item(),
    contribution: contribution.item(),
  };
}

/**
 * The derivative of a folded node by one of the edges into it. A contribution is upstream times that; where
 * the upstream is 0 it is told by forward mode, which is right if no other edge leads there.
 */
function localThroughFold(graph: Graph, route: LayoutRoute, contribution: Tensor) {
  const upstream = graph.nodes[route.to]?.gradient;
  if (upstream === undefined) return undefined;
  if (upstream.item() !== 0) return contribution.div(upstream);
  return graph.tangents({ [route.from]: 1 })[route.to];
}

/** The product on an edge in forward mode: tangent × local = contribution. */
export function forwardProduct(
  graph: Graph,
  route: LayoutRoute,
  tangents: readonly (Tensor | undefined)[],
): Product | undefined {
  const edge = graph.nodes[route.reader]?.inputs[route.input];
  const tangent = tangents[route.from];
  if (edge === undefined || tangent === undefined || tangent.rank > 0) return undefined;
  const local =
    route.reader === route.to
      ? edge.localDerivative
      : edge.gradient && localThroughFold(graph, route, edge.gradient);
  if (local === undefined || local.rank > 0) return undefined;
  return { upstream: tangent.item(), local: local.item(), contribution: tangent.mul(local).item() };
}

/** The two lines of a product: `1.1 × 100` and `= 110`. */
export function productLines({ upstream, local, contribution }: Product, digits: Digits): Lines {
  if (local === undefined) return [formatNumber(contribution, digits), ""];
  return equation([upstream, "×", local], contribution, digits);
}

const MOST_TERMS = 3;

/** The sum of what comes back along several edges, as `1.1 + 2.2` and `= 3.3`; undefined where there is only one. */
export function sumLines(
  graph: Graph,
  routes: readonly LayoutRoute[],
  id: number,
  digits: Digits,
): Lines | undefined {
  const total = graph.nodes[id]?.gradient;
  const terms = routes.flatMap((route) => {
    const gradient =
      route.from === id ? graph.nodes[route.reader]?.inputs[route.input]?.gradient : undefined;
    return gradient === undefined || gradient.rank > 0 ? [] : [gradient.item()];
  });
  if (terms.length < 2 || total === undefined) return undefined;
  if (terms.length <= MOST_TERMS) return equation(sumOfTerms(terms), total.item(), digits);
  // How many there are stands below the sign, where nobody reads it as the sum.
  const count = [...String(terms.length)].map((digit) => SUBSCRIPTS[Number(digit)]).join("");
  const sum = total.item();
  return [`Σ${count}`, `${signOf(sum, digits)} ${formatNumber(sum, digits)}`];
}

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
