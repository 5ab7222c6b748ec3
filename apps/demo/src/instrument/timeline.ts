/**
 * The timeline: every forward and every backward step of a drawn graph.
 */

import type { Graph, GraphLayout, LayoutRoute } from "@graddiff/core";
import type { Place, Shares } from "../course/lesson.ts";

/** The mode of derivatives: reverse mode, or forward mode by one input. */
export type Mode = { readonly kind: "reverse" } | { readonly kind: "forward"; readonly by: string };

export interface TimelineStep {
  /** `seed` sets the gradient of the result by itself, and `share` carries an error back from an output. */
  readonly phase: "forward" | "seed" | "backward" | "share";
  /** The id of the node. */
  readonly node: number;
}

/** The nodes and routes of a drawing, which do not change with values. */
export type Drawing = Pick<GraphLayout, "nodes" | "routes">;

/** Returns the steps, in order. A position on the timeline is the number of steps that are done. */
export function timelineOf(
  graph: Graph,
  { nodes, routes }: Drawing,
  kind: Mode["kind"],
  forwardOnly = false,
  shares?: Shares,
): readonly TimelineStep[] {
  const drawn = nodes.map(({ id }) => id).sort((a, b) => a - b);
  const operations = drawn.filter((id) => routes.some(({ to }) => to === id));
  const forward = operations.map((node): TimelineStep => ({ phase: "forward", node }));
  if (forwardOnly) {
    const outputs = new Set(shares?.edges.map(({ to }) => to));
    const carried = [...outputs].flatMap((name): TimelineStep[] => {
      const node = graph.node(name)?.id;
      return node === undefined ? [] : [{ phase: "share", node }];
    });
    return [...forward, ...carried];
  }
  if (kind === "forward") return forward;
  const reached = new Set(routes.filter((route) => hasGradient(graph, route)).map(({ to }) => to));
  const backward = operations
    .filter((id) => reached.has(id))
    .reverse()
    .map((node): TimelineStep => ({ phase: "backward", node }));
  return [...forward, { phase: "seed", node: graph.output }, ...backward];
}

function hasGradient(graph: Graph, { reader, input }: LayoutRoute): boolean {
  return graph.nodes[reader]?.inputs[input]?.gradient !== undefined;
}

/** The values and gradients that are computed at a position of the timeline. */
export class Progress {
  readonly #values: Set<number>;
  readonly #passed: Set<number>;
  readonly #gradients: Set<number>;
  readonly #flows: Set<LayoutRoute>;
  readonly #shared: Set<number>;
  readonly #repeats: boolean;

  constructor(
    graph: Graph,
    { nodes, routes }: Drawing,
    steps: readonly TimelineStep[],
    place: number,
    /** True if all values are known from an earlier pass. */
    repeats = false,
  ) {
    this.#repeats = repeats;
    const done = steps.slice(0, place);
    const of = (phase: TimelineStep["phase"]) =>
      new Set(done.filter((step) => step.phase === phase).map(({ node }) => node));
    this.#values = of("forward");
    this.#passed = of("backward");
    this.#shared = of("share");
    // Inputs have their values from the start.
    const operations = new Set(routes.map(({ to }) => to));
    for (const { id } of nodes) if (!operations.has(id)) this.#values.add(id);
    this.#flows = new Set(routes.filter((route) => hasGradient(graph, route)));
    this.#gradients = new Set([...this.#flows].map(({ from }) => from));
    for (const route of this.#flows) if (!this.hasFlowed(route)) this.#gradients.delete(route.from);
    if (of("seed").has(graph.output)) this.#gradients.add(graph.output);
    else this.#gradients.delete(graph.output);
  }

  hasValue(id: number): boolean {
    return this.#repeats || this.#values.has(id);
  }

  /** True if the tangent of a node is computed. */
  hasTangent(id: number): boolean {
    return this.#values.has(id);
  }

  /** True if the error of an output has gone back from it. */
  hasShared(id: number): boolean {
    return this.#shared.has(id);
  }

  /** True if a gradient has gone back along an edge. */
  hasFlowed(route: LayoutRoute): boolean {
    return this.#flows.has(route) && this.#passed.has(route.to);
  }

  /** True if the gradient of a node is complete. */
  hasGradient(id: number): boolean {
    return this.#gradients.has(id);
  }
}

/** Returns the position of a step of a guided run. */
export function placeOf(steps: readonly TimelineStep[], graph: Graph, place: Place): number {
  if (place === "start") return 0;
  if (place === "end") return steps.length;
  const forward = steps.filter(({ phase }) => phase === "forward").length;
  if (place === "forward") return forward;
  const id = graph.node(place.node)?.id;
  const found = steps.findIndex(({ phase, node }) => phase === place.phase && node === id);
  if (found < 0) return steps.length;
  return place.before === true ? found : found + 1;
}
