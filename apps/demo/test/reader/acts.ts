/**
 * What a learner does, at random, with numbers from which it is made what there is to choose.
 */

import fc from "fast-check";
import { presetInputs, RATES } from "../../src/course/lessons/training.ts";
import type { Store } from "../../src/web/store.ts";

export type Act =
  | { readonly kind: "set"; readonly node: number; readonly value: number }
  | { readonly kind: "nudge"; readonly node: number; readonly by: number }
  | {
      readonly kind: "choose" | "place" | "step" | "forward" | "toggle" | "keep";
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
  fc.record({ kind: fc.constant("set" as const), node: fc.nat(60), value: numbers }),
  fc.record({
    kind: fc.constant("nudge" as const),
    node: fc.nat(60),
    by: fc.constantFrom(1e-9, 1e-4, -1e-3, 1, 10),
  }),
  fc.record({
    kind: fc.constantFrom("choose", "choose", "place", "step", "forward", "toggle", "keep"),
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
  const { inputs, panel, forwardOnly, folded, run } = store.lesson.value;
  if (done.kind === "set") {
    store.begin(nodeAt(done.node));
    store.setValue(nodeAt(done.node), done.value);
  } else if (done.kind === "nudge") store.addTo(nodeAt(done.node), done.by);
  else if (done.kind === "keep") {
    const id = nodeAt(done.number);
    const present = store.graph.value.nodes[id]?.value;
    if (present?.rank === 0) store.setValue(id, present.item());
  } else if (done.kind === "choose") store.choose(nodeAt(done.number));
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
    if (folded?.some((name) => store.idOf(name) === id)) store.toggle(id);
  } else if (done.kind === "forward") {
    const names = Object.keys(inputs).filter((name) => store.idOf(name) !== undefined);
    const by = names[done.number % Math.max(1, names.length)];
    if (by !== undefined && forwardOnly !== true) store.update({ mode: by });
  } else if (done.kind === "train" && panel === "training") {
    if (typeof done.rate === "number") {
      store.setSetting("rate", done.rate);
      store.setSetting("frozen", done.frozen);
    } else {
      store.update({ inputs: presetInputs(RATES[done.rate], done.frozen), trained: 0 });
    }
    store.trainer.train(done.steps);
  }
}
