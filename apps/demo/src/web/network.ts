/** The texts about parameters: the update by the next step, and the parameters that are frozen. */

import { tensor } from "@graddiff/core";
import { updateLines } from "../instrument/descent.ts";
import type { Store } from "./store.ts";

/** True for a parameter that training does not change, such as a frozen bias. */
export function isFrozen(store: Store, id: number): boolean {
  const { training } = store.lesson.value;
  const name = store.graph.peek().nodes[id]?.name;
  if (training === undefined || name === undefined || store.values.value["frozen"] !== 1)
    return false;
  const values = store.values.value;
  return (
    training.parameters({ ...values, frozen: 0 }).includes(name) &&
    !training.parameters(values).includes(name)
  );
}

/**
 * Returns the slope of the loss that is lowered: the gradient of the graph or, where there are several points, the mean
 * of their gradients. Undefined for a name that is not trained.
 */
export function slopeOf(store: Store, name: string): number | undefined {
  return slopesOf(store).get(name);
}

/** Returns the slopes of all parameters, by name, for the current numbers. */
export function slopesOf(store: Store): ReadonlyMap<string, number> {
  const plan = store.lesson.value.training;
  if (plan === undefined) return new Map();
  const names = plan.parameters(store.values.value);
  const { data } = plan;
  if (data === undefined) {
    const graph = store.graph.value;
    return new Map(
      names.map((name) => [name, graph.node(name)?.gradient?.item() ?? Number.NaN] as const),
    );
  }
  // The gradients of a graph of all points at once would be sums over the points, so they are divided by the number of
  // points.
  const columns = data.names.map((name, i) => [
    name,
    tensor(Float64Array.from(data.points, (point) => point[i] ?? Number.NaN)),
  ]);
  const graph = store.lesson.value.explain({
    ...store.values.value,
    ...Object.fromEntries(columns),
  });
  return new Map(
    names.map((name) => {
      const sum = graph.node(name)?.gradient?.item() ?? Number.NaN;
      return [name, sum / data.points.length] as const;
    }),
  );
}

/** Returns the text of a parameter's update; undefined for other nodes. */
export function updateOf(store: Store, id: number): string | undefined {
  const { name, value } = store.graph.value.nodes[id] ?? {};
  // A step removes added differences, so it would not begin with the values that are shown.
  if (name === undefined || value === undefined || store.hasAdjusted()) return undefined;
  const slope = store.slopes.value.get(name);
  if (slope === undefined) return undefined;
  const rate = store.rate();
  return updateLines(value.item(), rate, slope, store.digits.value).join(" ");
}
