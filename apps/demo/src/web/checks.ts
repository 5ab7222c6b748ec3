/**
 * The finite-difference checks of all gradients that are shown, made while the page has nothing else to do.
 */

import { effect, signal } from "@preact/signals";
import { type Check, checkGradient } from "../instrument/check.ts";
import type { Store } from "./store.ts";

/** By the id of the node, as far as they are made for the graph of the moment. */
export const checks = signal<ReadonlyMap<number, Check>>(new Map());

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
    const kept = last?.graph === graph ? last.found : new Map<number, Check>();
    last = { graph, found: kept };
    if (checks.peek() !== kept) checks.value = kept;
    clearTimeout(timer);
    const rest = wanted.filter((id) => !kept.has(id));
    const work = () => {
      const end = performance.now() + SLICE;
      const found = new Map(checks.peek());
      while (rest.length > 0 && performance.now() < end) {
        const id = rest.shift() ?? 0;
        const check = checkGradient(graph, id);
        if (check !== undefined) found.set(id, check);
      }
      last = { graph, found };
      checks.value = found;
      if (rest.length > 0) timer = window.setTimeout(work, PAUSE);
    };
    if (rest.length > 0) timer = window.setTimeout(work, REST);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

let last: { readonly graph: object; readonly found: ReadonlyMap<number, Check> } | undefined;
