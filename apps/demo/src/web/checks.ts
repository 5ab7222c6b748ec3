/**
 * The finite-difference checks of all gradients that are shown, made while the page has nothing else to do.
 */

import { checkNode, type Graph, type NodeCheck } from "@graddiff/core";
import { effect, signal } from "@preact/signals";
import type { Store } from "./store.ts";

/** A check, and the graph that it was made of. */
export interface MadeCheck extends NodeCheck {
  readonly graph: Graph;
}

/** By the id of the node. */
export const checks = signal<ReadonlyMap<number, MadeCheck>>(new Map());

/** The graph of which all checks are made that are wanted; those of another are not shown. */
export const checked = signal<Graph | undefined>(undefined);

/** After an edit, and between two slices of work, so that input never waits. */
const REST = 250;
const SLICE = 8;
const PAUSE = 12;

/** Larger graphs are checked where a node is chosen. */
const MOST_NODES = 80;

/** Starts checking; returns what stops it. */
export function startChecks(store: Store): () => void {
  let timer = 0;
  const stop = effect(() => {
    const graph = store.graph.value;
    const { layout } = store.arranged.value;
    const all = layout.nodes.map(({ id }) => id).toReversed();
    const chosen = store.chosen.value;
    const wanted = all.length <= MOST_NODES ? all : chosen === undefined ? [] : [chosen];
    clearTimeout(timer);
    const rest = wanted.filter((id) => checks.peek().get(id)?.graph !== graph);
    const work = () => {
      const end = performance.now() + SLICE;
      const found = new Map(checks.peek());
      while (rest.length > 0 && performance.now() < end) {
        const id = rest.shift() ?? 0;
        const check = checkNode(graph, id);
        if (check === undefined) found.delete(id);
        else found.set(id, { ...check, graph });
      }
      checks.value = found;
      if (rest.length > 0) timer = window.setTimeout(work, PAUSE);
      else checked.value = graph;
    };
    timer = window.setTimeout(work, REST);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
