/**
 * A lesson on the question how a weight should change: errors are carried back in proportion to weights.
 */

import { type Graph, type Tensor, tensor } from "@graddiff/core";
import { formatNumber } from "../../instrument/format.ts";
import { fractionText, shareSum } from "../../instrument/shares.ts";
import { isAdjusted, not } from "../conditions.ts";
import { defineLesson, type Given, type InputValues, type Share, type Shares } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { share } from "../programs/network.ts";
import { explainNetwork, NETWORK_NODES, networkInputs } from "./network.ts";

/**
 * The edges along which errors go back: the output, its error, the hidden node, the weight, and the other weight of the
 * output.
 */
const WAYS = [
  ["o1", "E1", "h1", "w5", "w6"],
  ["o1", "E1", "h2", "w6", "w5"],
  ["o2", "E2", "h1", "w7", "w8"],
  ["o2", "E2", "h2", "w8", "w7"],
] as const;

function sharesOf(graph: Graph): Shares {
  const value = (name: string): Tensor => graph.node(name)?.value ?? tensor(Number.NaN);
  const nodes: Record<string, Tensor> = {};
  const edges = WAYS.map(([output, error, hidden, weight, other]): Share => {
    const part = share(tensor(1, { dtype: "float64" }), value(weight), value(other));
    const carried = share(value(error), value(weight), value(other));
    nodes[hidden] = nodes[hidden]?.add(carried) ?? carried;
    return {
      from: hidden,
      to: output,
      weightName: weight,
      otherName: other,
      errorName: error,
      weight: value(weight).item(),
      other: value(other).item(),
      error: value(error).item(),
      part: part.item(),
      carried: carried.item(),
    };
  });
  const sums = Object.entries(nodes).map(([name, sum]) => [name, sum.item()]);
  return { edges, nodes: Object.fromEntries(sums) };
}

/** Returns a function that writes the share of an edge, found by its weight, as a fraction. */
function fraction(weight: string) {
  return ({ graph, digits }: Given) => {
    const share = sharesOf(graph).edges.find(({ weightName }) => weightName === weight);
    return share === undefined ? "" : fractionText(share, digits);
  };
}

/** Returns the w6 for which the shares divide by zero. */
const undoing = ({ w5 = 0 }: InputValues) => -w5;

/** True if a share is infinite or NaN. */
const hasNoShares = ({ graph }: Given) =>
  !sharesOf(graph).edges.every(({ part }) => Number.isFinite(part));

export const question = defineLesson({
  name: "question",
  inputs: networkInputs,
  programs: [sources.network.E, sources.network.share],
  explain: explainNetwork,
  folded: NETWORK_NODES,
  isNetwork: true,
  forwardOnly: true,
  panel: "shares",
  shares: sharesOf,
  facts: {
    share5: fraction("w5"),
    share6: fraction("w6"),
    sum1: ({ graph, digits }) => {
      const shares = sharesOf(graph);
      const lines = shareSum(shares, "h1", digits);
      return lines?.join(" ") ?? "";
    },
    undoing: ({ inputs, digits }) => formatNumber(undoing(inputs), digits),
  },
  run: [
    {
      key: "network",
      says: ["flow", "sigmoid"],
      at: { phase: "forward", node: "o2" },
      node: "o1",
    },
    {
      key: "error",
      says: [
        "targets",
        ["errors", not(isAdjusted("E1", "E2"))],
        ["errorsAdjusted", isAdjusted("E1", "E2")],
      ],
      at: { phase: "forward", node: "E2" },
      node: "E1",
      formula: "error",
    },
    {
      key: "carried",
      says: ["blame", "share", ["dashed", ({ hasShares }) => hasShares]],
      at: { phase: "share", node: "o1" },
      node: "h1",
      formula: "share",
    },
    {
      key: "together",
      says: ["sum", ["steps", ({ hasShares }) => hasShares]],
      at: "end",
      node: "h1",
    },
    {
      key: "infinite",
      says: [
        "rule",
        ["suppose", ({ inputs: { w5 = 0, w6 = 0 } }) => w5 !== 0 && w5 + w6 !== 0],
        "now",
        ["nobody", hasNoShares],
      ],
      at: "end",
      node: "h1",
      formula: "share",
      offer: { node: "w6", to: undoing },
    },
    { key: "open", says: ["open"], at: "end", node: "w5" },
  ],
});
