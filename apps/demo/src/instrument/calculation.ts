/** The products on the edges of a drawing, and the sums where edges meet, computed from the graph's numbers. */

import type { Graph, LayoutRoute, Tensor } from "@graddiff/core";
import { type Expression, equation, type Lines, signOf, sumOfTerms } from "./equation.ts";
import { type Digits, formatNumber } from "./format.ts";

/** upstream × local = contribution. */
export interface Product {
  readonly upstream: number;
  readonly local: number | undefined;
  readonly contribution: number;
}

/** Returns the product on an edge of the backward pass; undefined without a gradient, or if it is an array. */
export function backwardProduct(graph: Graph, route: LayoutRoute): Product | undefined {
  const edge = graph.nodes[route.reader]?.inputs[route.input];
  const upstream = graph.nodes[route.to]?.gradient;
  const contribution = edge?.gradient;
  if (edge === undefined || upstream === undefined || contribution === undefined) return undefined;
  if (upstream.rank > 0 || contribution.rank > 0) return undefined;
  const local =
    route.reader === route.to
      ? numberOf(edge.localDerivative)
      : localThroughFold(graph, route, contribution);
  return {
    upstream: upstream.item(),
    local,
    contribution: contribution.item(),
  };
}

/**
 * Returns the derivative of a folded node along one of the edges into it. It is contribution / upstream. If upstream is
 * 0, or either of them is infinite, it is computed from the ops in the fold; undefined if these give no number.
 */
function localThroughFold(
  graph: Graph,
  route: LayoutRoute,
  contribution: Tensor,
): number | undefined {
  const upstream = graph.nodes[route.to]?.gradient?.item();
  if (upstream === undefined) return undefined;
  const isPlain = upstream !== 0 && Number.isFinite(upstream);
  if (isPlain && Number.isFinite(contribution.item())) return contribution.item() / upstream;
  const local = localAlong(graph, route);
  return Number.isNaN(local) && !Number.isNaN(contribution.item()) ? undefined : local;
}

function numberOf(tensor: Tensor | undefined): number | undefined {
  return tensor?.rank === 0 ? tensor.item() : undefined;
}

/** Returns the local derivative, by the chain rule, from an edge to the node in which its reader is folded. */
function localAlong({ nodes }: Graph, { reader, input, to }: LayoutRoute): number | undefined {
  const slopes = new Map([[reader, numberOf(nodes[reader]?.inputs[input]?.localDerivative)]]);
  for (let id = reader + 1; id <= to; id++) {
    const parts = (nodes[id]?.inputs ?? []).filter(({ from }) => slopes.has(from));
    const products = parts.map(({ from, localDerivative }) => {
      return (numberOf(localDerivative) ?? Number.NaN) * (slopes.get(from) ?? Number.NaN);
    });
    if (parts.length > 0)
      slopes.set(
        id,
        products.reduce((sum, each) => sum + each),
      );
  }
  return slopes.get(to);
}

/** Returns the product on an edge in forward mode: tangent × local = contribution. */
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
      ? numberOf(edge.localDerivative)
      : edge.gradient && localThroughFold(graph, route, edge.gradient);
  if (local === undefined) return undefined;
  return { upstream: tangent.item(), local, contribution: tangent.item() * local };
}

/** Returns the two lines of a product: `1.1 × 100` and `= 110`. */
export function productLines({ upstream, local, contribution }: Product, digits: Digits): Lines {
  if (local === undefined) return [formatNumber(contribution, digits), ""];
  return equation([upstream, "×", local], contribution, digits);
}

const MOST_TERMS = 3;

/** Returns the contributions to a node along several edges, and their sum; undefined if there is only one. */
export function sumOf(
  graph: Graph,
  routes: readonly LayoutRoute[],
  id: number,
):
  | { readonly terms: readonly number[]; readonly expression: Expression; readonly total: number }
  | undefined {
  const total = graph.nodes[id]?.gradient;
  const terms = routes.flatMap((route) => {
    const gradient =
      route.from === id ? graph.nodes[route.reader]?.inputs[route.input]?.gradient : undefined;
    return gradient === undefined || gradient.rank > 0 ? [] : [gradient.item()];
  });
  if (terms.length < 2 || total === undefined) return undefined;
  return { terms, expression: sumOfTerms(terms), total: total.item() };
}

/**
 * Returns the sum of the gradients along several edges, as `1.1 + 2.2` and `= 3.3`; undefined if there is only one.
 */
export function sumLines(
  graph: Graph,
  routes: readonly LayoutRoute[],
  id: number,
  digits: Digits,
): Lines | undefined {
  const found = sumOf(graph, routes, id);
  if (found === undefined) return undefined;
  const { terms, expression, total } = found;
  if (terms.length <= MOST_TERMS) return equation(expression, total, digits);
  // The number of terms is a subscript of the sign, so that it is not taken for the sum.
  const count = [...String(terms.length)].map((digit) => SUBSCRIPTS[Number(digit)]).join("");
  return [`Σ${count}`, `${signOf(total, digits)} ${formatNumber(total, digits)}`];
}

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
