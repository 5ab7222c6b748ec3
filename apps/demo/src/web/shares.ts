/**
 * The shares of an error on edges and at nodes, in the lesson that asks how weights should change.
 */

import type { LayoutRoute } from "@graddiff/core";
import { formatFactor } from "../instrument/format.ts";
import type { Store } from "./store.ts";

/** The two lines on an edge: `0.49 × 0.4706` and `= 0.23`. */
export function shareOn(store: Store, { from, to }: LayoutRoute): [string, string] | undefined {
  if (store.shares.value === undefined) return undefined;
  const { nodes } = store.graph.value;
  const [source, target] = [nodes[from]?.name, nodes[to]?.name];
  const share = store.shares.value?.edges.find(
    (each) => each.from === source && each.to === target,
  );
  if (share === undefined) return undefined;
  const { error, part, carried } = share;
  const digits = store.digits.value;
  return [`${store.number(error)} × ${formatFactor(part, digits)}`, `= ${store.number(carried)}`];
}

/** What has come together at a node. */
export function shareAt(store: Store, id: number): string | undefined {
  const shares = store.shares.value;
  if (shares === undefined) return undefined;
  const name = store.graph.value.nodes[id]?.name;
  const sum = name === undefined ? undefined : shares.nodes[name];
  if (sum === undefined) return undefined;
  const parts = shares.edges.filter((edge) => edge.from === name);
  const terms = parts.map(({ carried }, i) => {
    const sign = carried < 0 ? "−" : "+";
    const size = store.number(Math.abs(carried));
    return i === 0 ? store.number(carried) : `${sign} ${size}`;
  });
  return `${terms.join(" ")} = ${store.number(sum)}`;
}

/** The products at a node, and their sum. */
export function sharesInto(store: Store, id: number): string[] {
  const { routesFrom } = store.arranged.value;
  const lines = (routesFrom.get(id) ?? []).flatMap((route) => {
    const share = shareOn(store, route);
    return share === undefined ? [] : [share.join(" ")];
  });
  const sum = shareAt(store, id);
  return sum === undefined ? [] : [...lines, sum];
}
