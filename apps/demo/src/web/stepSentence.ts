/**
 * The step of the timeline that was done last, in words.
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
  const routes = store.arranged.value.layout.routes.filter(({ to }) => to === id);
  const parts = routes.flatMap((route) => {
    const text = readings.productText(route);
    return text === "" ? [] : [timeline.part(store.nameOf(route.from), text)];
  });
  const gradient = readings.derivative(id);
  if (parts.length === 0) return timeline.through(name, gradient);
  return timeline.backward(name, gradient, parts.join("; "));
}
