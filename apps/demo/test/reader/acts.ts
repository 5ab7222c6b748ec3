/** Random acts of a learner, with numbers that select one of the possible acts. */

import fc from "../../../../packages/core/test/support/properties.ts";
import { presetInputs, RATES } from "../../src/course/lessons/training.ts";
import { hAt } from "../../src/instrument/slope.ts";
import { panelsOf } from "../../src/web/Rail.tsx";
import type { Store } from "../../src/web/store.ts";

export type Act =
  | { readonly kind: "set" | "inside"; readonly node: number; readonly value: number }
  | { readonly kind: "nudge"; readonly node: number; readonly by: number }
  | {
      readonly kind:
        | "choose"
        | "card"
        | "edge"
        | "place"
        | "step"
        | "forward"
        | "toggle"
        | "keep"
        | "panel"
        | "h"
        | "scrub";
      readonly number: number;
    }
  | {
      readonly kind: "train";
      readonly rate: keyof typeof RATES | number;
      readonly frozen: number;
      readonly steps: number | "flat";
    }
  | { readonly kind: "reverse" | "reset" | "offer" | "reveal" };

const numbers = fc.oneof(
  fc.integer({ min: -999, max: 999 }).map((n) => n / 100),
  fc.integer({ min: 0, max: 1000 }),
  fc.constantFrom(0, 1, -1, 0.1, 0.4, -0.4, 1e-9, -1e-20, 123456.789, -98765.4321, 1e12, 1e300),
);

export const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(...(["set", "set", "inside"] as const)),
    node: fc.nat(60),
    value: numbers,
  }),
  fc.record({
    kind: fc.constant("nudge" as const),
    node: fc.nat(60),
    by: fc.constantFrom(1e-9, 1e-4, -1e-3, 1, 10),
  }),
  fc.record({
    kind: fc.constantFrom(
      ...([
        "choose",
        "card",
        "card",
        "edge",
        "place",
        "step",
        "forward",
        "toggle",
        "keep",
      ] as const),
      ...(["panel", "h", "scrub"] as const),
    ),
    number: fc.nat(60),
  }),
  fc.record({
    kind: fc.constant("train" as const),
    rate: fc.constantFrom("slow" as const, "learn" as const, "stuck" as const, 0, 1e-8, 0.5, 12),
    frozen: fc.constantFrom(0, 1),
    steps: fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constant("flat" as const)),
  }),
  fc.record({ kind: fc.constantFrom("reverse", "reset", "offer", "reveal") }),
);

export function act(store: Store, done: Act): void {
  const { nodes } = store.arranged.value.layout;
  const nodeAt = (number: number) => nodes[number % nodes.length]?.id ?? 0;
  const { inputs, training, name, forwardOnly, run } = store.lesson.value;
  const { routes } = store.arranged.value.layout;
  if (done.kind === "set") {
    store.begin(nodeAt(done.node));
    store.setValue(nodeAt(done.node), done.value);
  } else if (done.kind === "inside") {
    // The act can change any node, also a folded one, as if the learner unfolded it, changed it and folded it again.
    const all = store.graph.value.nodes;
    store.setValue(done.node % all.length, done.value);
  } else if (done.kind === "nudge") store.addTo(nodeAt(done.node), done.by);
  else if (done.kind === "keep") {
    const id = nodeAt(done.number);
    const present = store.graph.value.nodes[id]?.value;
    if (present?.rank === 0) store.setValue(id, present.item());
  } else if (done.kind === "choose") store.choose(nodeAt(done.number));
  else if (done.kind === "card") store.openCard(nodeAt(done.number));
  else if (done.kind === "edge") {
    const route = routes[done.number % Math.max(1, routes.length)];
    if (route !== undefined) store.chooseEdge(route);
  } else if (done.kind === "panel") {
    const panels = panelsOf(store);
    store.update({ panel: panels[done.number % panels.length] });
  } else if (done.kind === "h") store.update({ h: hAt((done.number % 24) - 16) });
  else if (done.kind === "scrub") store.trainer.lookAt(done.number);
  else if (done.kind === "place") store.goToPlace(done.number % (store.steps.value.length + 1));
  else if (done.kind === "step") store.goToStep(done.number % run.length);
  else if (done.kind === "reverse") store.update({ mode: "reverse" });
  else if (done.kind === "reset") store.reset();
  else if (done.kind === "reveal") {
    if (store.step.value.ask !== undefined) store.showAnswer();
  } else if (done.kind === "offer") {
    const { offer } = store.step.value;
    if (offer !== undefined) store.take(offer);
  } else if (done.kind === "toggle") {
    const id = nodeAt(done.number);
    if (store.arranged.value.foldable.has(id)) store.toggle(id);
  } else if (done.kind === "forward") {
    const names = Object.keys(inputs).filter((name) => store.idOf(name) !== undefined);
    const by = names[done.number % Math.max(1, names.length)];
    if (by !== undefined && forwardOnly !== true) store.update({ mode: by });
  } else if (done.kind === "train" && training !== undefined) {
    if (typeof done.rate === "number") {
      store.setSetting(store.rateName(), done.rate);
      if (Object.hasOwn(inputs, "frozen")) store.setSetting("frozen", done.frozen);
    } else if (name === "training") {
      store.update({ inputs: presetInputs(RATES[done.rate], done.frozen), trained: 0 });
    }
    // Training to a flat slope would not end for a loss without a bound.
    const steps = done.steps === "flat" && name === "own" ? 50 : done.steps;
    store.trainer.train(steps);
  }
}
