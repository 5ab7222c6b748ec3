/**
 * What the network's lessons write out for a node: the factors that are multiplied inside a folded node, and
 * the update of a weight.
 */

import { isBias, trainedNames } from "../course/lessons/network.ts";
import { updateLines } from "../instrument/descent.ts";
import { factorText } from "../instrument/formula.ts";
import type { Store } from "./store.ts";

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

/** True for a bias of the network that training leaves as it is. */
export function isFrozen(store: Store, id: number): boolean {
  if (store.lesson.value.panel !== "training" || store.values.value["frozen"] === 0) return false;
  return isBias(store.graph.peek().nodes[id]?.name);
}

/** The update of a parameter as it is written out; undefined for other nodes. */
export function updateOf(store: Store, id: number): string | undefined {
  const { name, value, gradient } = store.graph.value.nodes[id] ?? {};
  const values = store.values.value;
  const isTrained = trainedNames(values).some((each) => each === name);
  if (store.lesson.value.panel !== "training" || !isTrained) return undefined;
  // A step takes adjustments back, so what is shown is not what it goes on from.
  if (value === undefined || gradient === undefined || store.hasAdjusted()) return undefined;
  const rate = values["rate"] ?? 0;
  return updateLines(value.item(), rate, gradient.item(), store.digits.value).join(" ");
}
