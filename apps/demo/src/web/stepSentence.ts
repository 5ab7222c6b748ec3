/**
 * The step of the timeline that was done last, in words.
 */

import { backwardProduct, productLines } from "../instrument/calculation.ts";
import type { Store } from "./store.ts";

export function stepSentence(store: Store): string {
  const { timeline } = store.texts;
  const step = store.steps.value[store.place.value - 1];
  if (step === undefined) return timeline.start;
  const { phase, node: id } = step;
  const node = store.graph.value.nodes[id];
  const name = store.nameOf(id);
  const asked = store.asked.value;
  const isAsked = (what: string, of: number) => asked?.id === of && asked.what === what;
  const value = isAsked("value", id) ? "?" : store.tensor(node?.value);
  if (phase === "seed") return timeline.seed(name);
  if (phase === "forward") {
    const tangent = store.tangents.value[id];
    if (store.mode.value.kind === "reverse" || tangent === undefined) {
      return timeline.forward(name, value);
    }
    return timeline.tangent(name, value, store.tensor(tangent));
  }
  const routes = store.arranged.value.layout.routes.filter(({ to }) => to === id);
  const parts = routes.flatMap((route) => {
    const product = backwardProduct(store.graph.value, route);
    if (product === undefined) return [];
    const text = isAsked("gradient", route.from)
      ? "?"
      : productLines(product, store.digits.value).join(" ");
    return [timeline.part(store.nameOf(route.from), text)];
  });
  const gradient = store.tensor(node?.gradient);
  if (parts.length === 0) return timeline.through(name, gradient);
  return timeline.backward(name, gradient, parts.join("; "));
}
