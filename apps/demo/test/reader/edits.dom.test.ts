// @vitest-environment happy-dom
/**
 * The reader with a pocket calculator again, after random edits, random choices of nodes, random places, modes
 * and rates: what is stated of the numbers of the start must hold for all.
 */

import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { languages } from "../../src/course/catalogue/languages.ts";
import { type Lesson, textKey } from "../../src/course/lesson.ts";
import { RATES } from "../../src/course/lessons/training.ts";
import { lessons } from "../../src/course/lessons.ts";
import { initialState } from "../../src/instrument/link.ts";
import { checks } from "../../src/web/checks.ts";
import { takeOffer } from "../../src/web/offer.ts";
import { Store } from "../../src/web/store.ts";
import { readLine } from "./calculator.ts";
import { expectHonestNames, expectHonestPanel, nothing } from "./claims.ts";
import { BOXES, linesOf, makeChecks, openPage, settled } from "./page.ts";

afterEach(() => {
  document.body.replaceChildren();
  checks.value = new Map();
});

/** What a learner does, with numbers from which it is made what there is to choose. */
type Act =
  | { readonly kind: "set"; readonly node: number; readonly value: number }
  | { readonly kind: "choose" | "place" | "step" | "forward" | "toggle"; readonly number: number }
  | {
      readonly kind: "train";
      readonly rate: keyof typeof RATES | undefined;
      readonly steps: number;
    }
  | { readonly kind: "reverse" | "reset" | "offer" };

const numbers = fc.oneof(
  fc.integer({ min: -999, max: 999 }).map((n) => n / 100),
  fc.integer({ min: 0, max: 1000 }),
  fc.constantFrom(0, 1, -1, 1e-9, -1e-20, 123456.789, -98765.4321, 1e12, 1e300),
);

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), node: fc.nat(60), value: numbers }),
  fc.record({
    kind: fc.constantFrom("choose", "choose", "place", "step", "forward", "toggle"),
    number: fc.nat(60),
  }),
  fc.record({
    kind: fc.constant("train" as const),
    rate: fc.constantFrom("slow", "learn", "stuck", undefined),
    steps: fc.integer({ min: 1, max: 120 }),
  }),
  fc.record({ kind: fc.constantFrom("reverse", "reset", "offer") }),
);

function act(store: Store, done: Act): void {
  const { nodes } = store.arranged.value.layout;
  const nodeAt = (number: number) => nodes[number % nodes.length]?.id ?? 0;
  const { inputs, panel, forwardOnly, folded, run } = store.lesson.value;
  if (done.kind === "set") {
    store.begin(nodeAt(done.node));
    store.setValue(nodeAt(done.node), done.value);
  } else if (done.kind === "choose") store.choose(nodeAt(done.number));
  else if (done.kind === "place") store.goToPlace(done.number % (store.steps.value.length + 1));
  else if (done.kind === "step") store.goToStep(done.number % run.length);
  else if (done.kind === "reverse") store.update({ mode: "reverse" });
  else if (done.kind === "reset") store.reset();
  else if (done.kind === "offer") {
    const { offer } = store.step.value;
    if (offer !== undefined) takeOffer(store, offer);
  } else if (done.kind === "toggle") {
    const id = nodeAt(done.number);
    if (folded?.some((name) => store.idOf(name) === id)) store.toggle(id);
  } else if (done.kind === "forward") {
    const names = Object.keys(inputs).filter((name) => store.idOf(name) !== undefined);
    const by = names[done.number % Math.max(1, names.length)];
    if (by !== undefined && forwardOnly !== true) store.update({ mode: by });
  } else if (done.kind === "train" && panel === "training") {
    if (done.rate !== undefined) store.setSetting("rate", RATES[done.rate]);
    store.update({ trained: done.steps, adjusted: {} });
  }
}

test("No random edit makes the page state what a calculator refutes.", async () => {
  const seen = { evaluated: 0, agrees: 0, small: 0, none: 0, "": 0 };
  const told = lessons.filter(({ panel }) => panel !== "speed");
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Lesson>(...told),
      fc.constantFrom(...languages),
      fc.constantFrom(...BOXES),
      fc.constantFrom(4, 4, 2, 9, "exact" as const),
      fc.array(acts, { minLength: 3, maxLength: 8 }),
      async (lesson, language, box, digits, all) => {
        const store = new Store(language, catalogueOf(language), {
          ...initialState(lesson),
          digits,
        });
        store.box.value = box;
        const page = openPage(store);
        try {
          for (const each of all) {
            act(store, each);
            makeChecks(store);
            await settled();
            const reading = nothing();
            for (const line of linesOf(page.root)) readLine(line, digits, reading);
            expect(reading.wrong).toEqual([]);
            expectHonestNames(reading, store);
            seen.evaluated += reading.evaluated.length;
            seen[expectHonestPanel(store, page.root)]++;
            // A text stands there as a whole, for these numbers.
            expect(textKey(store.step.value, store.state.value.inputs)).toBeTruthy();
          }
        } finally {
          page.close();
        }
      },
    ),
    { numRuns: Number(process.env["READER_RUNS"] ?? 60) },
  );
  expect(seen.evaluated).toBeGreaterThan(1000);
  expect(seen.agrees).toBeGreaterThan(10);
}, 600_000);
