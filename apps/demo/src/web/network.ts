/**
 * What the network's lessons write out for a node: the factors that are multiplied inside a folded node, and
 * the update of a weight.
 */

import { factorText } from "../instrument/formula.ts";
import { isWeight, updateLines } from "../instrument/training.ts";
import type { Store } from "./store.ts";
import { trainingOf } from "./trained.ts";

/** The factor of an edge into a folded node. */
export interface FactorText {
  /** The id of the folded node. */
  readonly node: number;
  readonly text: string;
}

/** The factors on the edges that lead from a node into folded ones, where more than one number is multiplied. */
export function factorsOf(store: Store, id: number): readonly FactorText[] {
  if (store.mode.value.kind === "forward") return [];
  const { places, routesFrom } = store.arranged.value;
  const nameOf = (each: number) => store.nameOf(each);
  return (routesFrom.get(id) ?? []).flatMap((route) => {
    const { hides = [] } = places.get(route.to) ?? {};
    const text = factorText(store.graph.value, route, hides, nameOf, store.digits.value);
    return text === undefined ? [] : [{ node: route.to, text }];
  });
}

/** Whether a node is a bias of the network, which training leaves as it is. */
export function isBias(store: Store, id: number): boolean {
  const name = store.graph.peek().nodes[id]?.name ?? "";
  return store.lesson.value.panel === "training" && /^b\d$/.test(name);
}

/** The update of a weight as it is written out; undefined for other nodes. */
export function updateOf(store: Store, id: number): string | undefined {
  const { inputs, trained, adjusted } = store.state.value;
  const { name, value, gradient } = store.graph.value.nodes[id] ?? {};
  if (store.lesson.value.panel !== "training" || !isWeight(name)) return undefined;
  // A step takes adjustments back, so what is shown is not what it goes on from.
  if (value === undefined || gradient === undefined || Object.keys(adjusted).length > 0)
    return undefined;
  const { rate, next } = trainingOf(inputs, trained);
  const lines = updateLines(value.item(), rate, gradient.item(), next[name], store.digits.value);
  return lines.join(" ");
}
