// @vitest-environment happy-dom
/**
 * Random changes of the lesson, the link and the text with a chosen node: nothing is thrown, and afterwards the page
 * equals a new page with the same link.
 */

import { afterEach, expect, test, vi } from "vitest";
import fc from "../../../../packages/core/test/support/properties.ts";
import { WHOLE } from "../../../../packages/core/test/support/sampling.ts";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { languages } from "../../src/course/catalogue/languages.ts";
import { findLesson, lessons, told } from "../../src/course/lessons.ts";
import { initialState, linkOf } from "../../src/instrument/link.ts";
import "../../src/own/register.ts";
import { PRESET_NAMES, PRESETS } from "../../src/own/presets.ts";
import { readState } from "../../src/web/address.ts";
import { nodeLabel } from "../../src/web/nodeLabel.ts";
import { Store } from "../../src/web/store.ts";
import { afterPaint } from "../../src/web/useLive.ts";
import { openPage, promptEngine, settled } from "./page.ts";

afterEach(() => {
  document.body.replaceChildren();
});

/** Functions in which a name or an id is a constant that was an input or an operation in the function before. */
const TEXTS = [
  "z = x*y",
  "z = x*3",
  "z = 3*y",
  "z = 2/x",
  "z = (x + 2)*(y + 3)",
  "z = e^x + 1/y",
  "E = mc^2",
  "x",
  ...PRESET_NAMES.map((name) => PRESETS[name]),
];

const changes = fc.oneof(
  fc.record({ kind: fc.constant("lesson" as const), number: fc.nat(told.length - 1) }),
  fc.record({ kind: fc.constant("text" as const), number: fc.nat(TEXTS.length - 1) }),
  fc.record({ kind: fc.constant("text" as const), number: fc.nat(TEXTS.length - 1) }),
  fc.record({
    kind: fc.constantFrom("choose" as const, "card" as const, "choose" as const, "panel" as const),
    number: fc.nat(60),
  }),
  fc.record({ kind: fc.constant("link" as const), number: fc.nat(60) }),
  fc.record({ kind: fc.constant("step" as const), number: fc.nat(6) }),
  fc.record({ kind: fc.constant("train" as const), number: fc.nat(9) }),
);

const chosen = <Kind extends string>(kind: Kind, number: number) => ({ kind, number });

/** Links of lessons with a chosen node, a panel and steps of training. */
const LINKS = [
  ...["t", "x"].map((node) => `#v3=chain-rule;n=${node};c=1`),
  "#v3=sigma;n=power",
  "#v3=snack-tax;s=2",
  "#v3=training;s=1;u=7",
  "#v3=training;n=w5;c=1;p=training",
  "#v3=points;u=3",
  "#v3=question;s=3",
  "#v3=graph;a=fruit:10;n=fruit;c=1",
  "#v2=own;f=~RSA9IG1jXjI;n=mc;c=1",
  "#v3=own;f=~eiA9IHgqMw;n=x",
];

function make(store: Store, { kind, number }: { readonly kind: string; readonly number: number }) {
  const { nodes } = store.arranged.value.layout;
  const id = nodes[number % nodes.length]?.id ?? 0;
  if (kind === "lesson") store.goToLesson(told[number]?.name ?? "apples");
  else if (kind === "text") {
    if (store.lesson.value.own === undefined) store.goToLesson("own");
    store.showOwn(TEXTS[number] ?? "x");
    const text = TEXTS[number] ?? "x";
    const lesson = findLesson("own", text);
    if (store.state.value.text !== text && lesson !== undefined) {
      store.state.value = initialState(lesson);
    }
  } else if (kind === "choose") store.choose(id);
  else if (kind === "card") store.openCard(id);
  else if (kind === "panel") {
    const panels = ["slope", "training", "code", "modes", "table", "speed"] as const;
    store.update({ panel: panels[number % panels.length] });
  } else if (kind === "link") {
    const read = readState(LINKS[number % LINKS.length] ?? "", store.language, store.texts);
    if ("damage" in read) throw new Error(read.damage);
    store.baseline.value = undefined;
    store.state.value = read.state;
  } else if (kind === "step") store.goToStep(number % store.lesson.value.run.length);
  else if (store.lesson.value.training !== undefined) store.trainer.train(number + 1);
}

/** Returns the texts by which two pages are compared: the labels of nodes and edges, buttons, and the panel. */
function wordsOf(root: Element, prefix: string): string[] {
  const words: string[] = [];
  for (const each of root.querySelectorAll(
    "[data-node], button, .node text, output, .card, table",
  )) {
    if (each.closest(".own-buttons, .own-presets, .timeline, .toolbar") !== null) continue;
    const isDisabled = each.matches(":disabled") ? "disabled" : "";
    const label = each.getAttribute("aria-label") ?? "";
    const text = each.matches("g, svg") ? "" : each.textContent;
    words.push([each.tagName, label, text, isDisabled].join(" ").replaceAll(prefix, ""));
  }
  return words;
}

test("An error of one part of the page keeps no other from what it does after the paint.", async () => {
  const reported: unknown[] = [];
  const done: number[] = [];
  vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
  try {
    const wrong = new Error("planted");
    afterPaint(() => done.push(1));
    afterPaint(() => {
      throw wrong;
    });
    afterPaint(() => done.push(2));
    await settled();
    expect([done, reported]).toEqual([[1, 2], [wrong]]);
  } finally {
    vi.unstubAllGlobals();
  }
});

test("After any change of lesson, link and text every node has its name, and the page is that of its link.", async () => {
  const errors: unknown[] = [];
  const note = (event: ErrorEvent) => errors.push(event.error ?? event.message);
  window.addEventListener("error", note);
  let compared = 0;
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...languages),
        fc.array(changes, { minLength: 2, maxLength: 8 }),
        async (language, all) => {
          const texts = catalogueOf(language);
          const [first] = lessons;
          if (first === undefined) throw new Error("no lessons");
          const store = new Store(language, texts, initialState(first), promptEngine());
          const page = openPage(store);
          try {
            await settled();
            for (const change of all) {
              make(store, change);
              await settled();
            }
            await settled();
            expect(errors).toEqual([]);
            // With both modes side by side, only the nodes of the first stage are chosen.
            const nodes = [...page.root.querySelectorAll(".stage [data-node]")].filter(
              (each) => each.closest(".both") === null,
            );
            expect(nodes.length > 0 || store.isBoth.value).toBe(true);
            for (const node of nodes) {
              const id = Number(node.getAttribute("data-node"));
              expect(node.getAttribute("aria-label"), linkOf(store.state.value)).toBe(
                nodeLabel(store, id),
              );
            }
            const again = readState(linkOf(store.state.value), language, texts);
            if ("damage" in again) throw new Error(again.damage);
            const other = new Store(language, texts, again.state, promptEngine());
            const anew = openPage(other);
            try {
              await settled();
              expect(wordsOf(page.root, store.prefix)).toEqual(wordsOf(anew.root, other.prefix));
              compared++;
            } finally {
              anew.close();
            }
          } finally {
            page.close();
          }
        },
      ),
      {
        numRuns: WHOLE ? 300 : 6,
        // The chosen node has an id that belongs to a constant afterwards.
        examples: [
          ["en", [chosen("lesson", 4), chosen("step", 0), chosen("lesson", 6)]],
          ["ko", [chosen("text", 0), chosen("choose", 1), chosen("text", 1)]],
          ["en", [chosen("lesson", 4), chosen("card", 1), chosen("lesson", 7)]],
        ],
      },
    );
  } finally {
    window.removeEventListener("error", note);
  }
  expect(compared).toBe(WHOLE ? 300 : 6);
}, 600_000);
