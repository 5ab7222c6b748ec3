/**
 * The finite-difference checks of all gradients that are shown, made while the page has nothing else to do.
 */

import { checkNode, type Graph, type NodeCheck } from "@graddiff/core";
import { effect, type Signal, signal } from "@preact/signals";
import type { Store } from "./store.ts";

/** A check, and the graph that it was made of. */
export interface MadeCheck extends NodeCheck {
  readonly graph: Graph;
}

/** Milliseconds after an edit, of a slice of work, and between two, so that input never waits. */
const REST = 250;
const SLICE = 8;
const PAUSE = 12;

/** Larger graphs are checked where a node is chosen. */
const MOST_NODES = 80;

export class Checks {
  /** By the id of the node. */
  readonly made: Signal<ReadonlyMap<number, MadeCheck>> = signal(new Map());
  /** The graph of which all checks are made that are wanted; those of another are not shown. */
  readonly graph: Signal<Graph | undefined> = signal(undefined);
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns the check of a node of the present graph; undefined until it is made. */
  of(id: number): MadeCheck | undefined {
    const check = this.made.value.get(id);
    return check?.graph === this.#store.graph.value ? check : undefined;
  }

  /** Makes all checks that are wanted now. */
  makeAll(): void {
    this.#make(this.#wanted(), Infinity);
    this.graph.value = this.#store.graph.value;
  }

  #wanted(): number[] {
    const { arranged, chosen } = this.#store;
    const all = arranged.value.layout.nodes.map(({ id }) => id).toReversed();
    if (all.length <= MOST_NODES) return all;
    return chosen.value === undefined ? [] : [chosen.value];
  }

  /** Makes checks until a time, and takes from the list those that are made. */
  #make(wanted: number[], end: number): void {
    const graph = this.#store.graph.peek();
    const made = new Map(this.made.peek());
    while (wanted.length > 0 && performance.now() < end) {
      const id = wanted.shift() ?? 0;
      const check = checkNode(graph, id);
      if (check === undefined) made.delete(id);
      else made.set(id, { ...check, graph });
    }
    this.made.value = made;
  }

  /** Starts checking; returns what stops it. */
  start(): () => void {
    let timer = 0;
    const stop = effect(() => {
      const graph = this.#store.graph.value;
      const wanted = this.#wanted().filter((id) => this.made.peek().get(id)?.graph !== graph);
      clearTimeout(timer);
      const work = () => {
        this.#make(wanted, performance.now() + SLICE);
        if (wanted.length > 0) timer = window.setTimeout(work, PAUSE);
        else this.graph.value = graph;
      };
      timer = window.setTimeout(work, REST);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }
}
