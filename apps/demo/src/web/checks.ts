/**
 * The finite-difference checks of all shown gradients, computed while the page is idle.
 */

import { checkNode, type Graph, type NodeCheck } from "@graddiff/core";
import { effect, type Signal, signal } from "@preact/signals";
import type { Store } from "./store.ts";

/** A check, and the graph for which it was computed. */
export interface MadeCheck extends NodeCheck {
  readonly graph: Graph;
}

/**
 * The milliseconds of the pause after an edit, of a slice of work, and between two slices, so that input never waits.
 */
const REST = 250;
const SLICE = 8;
const PAUSE = 12;

/** The most nodes of a graph whose nodes are all checked; in a larger one, only the chosen node is. */
const MOST_NODES = 80;

export class Checks {
  /** The checks, by the id of the node. */
  readonly made: Signal<ReadonlyMap<number, MadeCheck>> = signal(new Map());
  /** The graph whose wanted checks are all computed; checks of other graphs are not shown. */
  readonly graph: Signal<Graph | undefined> = signal(undefined);
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns the check of a node of the present graph; undefined until it is computed. */
  of(id: number): MadeCheck | undefined {
    const check = this.made.value.get(id);
    return check?.graph === this.#store.graph.value ? check : undefined;
  }

  /** Computes all wanted checks at once. */
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

  /** Computes checks until a time, and removes them from the list. */
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

  /** Starts checking, and returns a function that stops it. */
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
