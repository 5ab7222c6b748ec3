/**
 * The sentence about the last step of the timeline.
 */

import type { Store } from "./store.ts";

export function stepSentence(store: Store): string {
  const { timeline } = store.texts;
  const step = store.steps.value[store.place.value - 1];
  if (step === undefined) return timeline.start;
  const { phase, node: id } = step;
  const name = store.nameOf(id);
  const readings = store.readings.value;
  if (phase === "seed") return timeline.seed(name);
  if (phase === "share") return shareSentence(store, id);
  if (phase === "forward") {
    const [value, tangent] = [readings.value(id), readings.derivative(id)];
    if (store.mode.value.kind === "forward" && tangent !== "") {
      return timeline.tangent(name, value, tangent);
    }
    const { difference } = store.graph.value.nodes[id] ?? {};
    return difference === undefined || readings.isAsked("value", id)
      ? timeline.forward(name, value)
      : timeline.adjusted(name, value, store.tensor(difference));
  }
  return timeline.through(name, readings.derivative(id));
}

/** Returns the sentence about an error that goes back from an output. */
function shareSentence(store: Store, id: number): string {
  const { graph, shares, texts } = store;
  const edge = shares.value?.edges.find(({ to }) => to === graph.value.nodes[id]?.name);
  const error = edge === undefined ? "" : store.number(edge.error);
  return texts.timeline.share(edge?.errorName ?? "", store.nameOf(id), error);
}
