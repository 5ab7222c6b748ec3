// @vitest-environment happy-dom
/**
 * Two instruments on one page.
 */

import { afterEach, expect, test } from "vitest";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { languages } from "../../src/course/catalogue/languages.ts";
import { findLesson, lessons, NO_POINTS } from "../../src/course/lessons.ts";
import { initialState, type State } from "../../src/instrument/link.ts";
import { lossAt, lossName } from "../../src/instrument/loss.ts";
import "../../src/own/register.ts";
import { followKeys } from "../../src/web/keys.ts";
import { keepFunction, keptFunctions } from "../../src/web/own.ts";
import { slopeNode } from "../../src/web/SlopePanel.tsx";
import { Store } from "../../src/web/store.ts";
import { openPage, promptEngine, settled } from "./page.ts";

afterEach(() => {
  document.body.replaceChildren();
});

test("A mean over points and the number of one point have names of their own, wherever they stand.", async () => {
  const own = {
    data: ["x"],
    rows: [
      [1, 2],
      [2, 7],
      [3, 4],
    ],
  };
  const text = "y = a x + b\na = 1; b = 0.5";
  for (const language of languages) {
    for (const lesson of [findLesson("points"), findLesson("own", text, own)]) {
      if (lesson === undefined) throw new Error("no lesson");
      const points = lesson.own === undefined ? NO_POINTS : own;
      const state: State = { ...initialState(lesson, points), panel: "training", trained: 2 };
      for (const isEmbedded of [false, true]) {
        const store = new Store(language, catalogueOf(language), state, promptEngine(), isEmbedded);
        const page = openPage(store);
        await settled();
        const { graph, texts } = store;
        const mean = lossName(lesson, graph.value, texts);
        const nodes = graph.value.nodes.map(({ id }) => store.nameOf(id));
        expect(nodes).not.toContain(mean);
        // The mean is beside its name, and the result for the point is below the name of its node.
        const bar = page.root.querySelector(isEmbedded ? ".embed-state" : ".training-state");
        const loss = lossAt(lesson, store.values.value, graph.value);
        expect(bar?.textContent).toContain(mean);
        expect(bar?.querySelector(".value")?.textContent).toBe(store.number(loss));
        const result = graph.value.nodes[graph.value.output]?.value?.item() ?? Number.NaN;
        expect(store.number(result)).not.toBe(store.number(loss));
        const remarks = page.root.querySelector(".remarks")?.textContent ?? "";
        if (!isEmbedded) expect(remarks).toContain(mean);
        page.close();
      }
    }
  }
});

test("The slope is never that of the result against itself.", () => {
  for (const lesson of [...lessons, findLesson("own", "x"), findLesson("own", "z = x*y")]) {
    if (lesson === undefined) throw new Error("no lesson");
    for (const [step] of lesson.run.entries()) {
      const state = { ...initialState(lesson), step };
      const store = new Store("en", catalogueOf("en"), state, promptEngine());
      const { output } = store.graph.value;
      expect(slopeNode(store), `${lesson.name} ${step}`).not.toBe(output);
      store.choose(output);
      expect(slopeNode(store), `${lesson.name} ${step}`).not.toBe(output);
      expect(slopeNode(store)).toBeDefined();
    }
  }
});

test("Functions that a browser has kept from before keep their meaning, and are kept anew.", () => {
  localStorage.clear();
  localStorage.setItem(
    "graddiff-own",
    JSON.stringify(["E = mc^2", "z = x + y\nx = 2; y = 3", "(", 7]),
  );
  const kept = ["E = mc^2\nmc = 1", "z = x + y\nx = 2; y = 3", "("];
  expect(keptFunctions()).toEqual(kept);
  expect(keepFunction("a b")).toEqual(["a b", ...kept]);
  expect(keptFunctions()).toEqual(["a b", ...kept]);
  expect(keepFunction("(", false)).toEqual(["a b", ...kept.slice(0, 2)]);
  localStorage.clear();
});

test("Two instruments on one page share no id, no number, no training and no key.", async () => {
  const lesson = findLesson("training");
  if (lesson === undefined) throw new Error("no lesson");
  const stores = [1, 2].map(
    () => new Store("en", catalogueOf("en"), initialState(lesson), promptEngine()),
  );
  const pages = stores.map(openPage);
  const stops = stores.map((store, i) => followKeys(store, pages[i]?.root ?? document.body));
  await settled();
  const [first, second] = stores;
  const [here, there] = pages.map(({ root }) => root);
  if (!first || !second || !here || !there) throw new Error("two stages");
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(10);
  expect(new Set(ids).size).toBe(ids.length);
  // A reference to an id refers to an element of the same stage.
  for (const [root, { prefix }] of [
    [here, first],
    [there, second],
  ] as const) {
    for (const name of ["for", "aria-labelledby", "marker-end"]) {
      for (const element of root.querySelectorAll(`[${name}]`)) {
        expect(element.getAttribute(name)).toMatch(new RegExp(`^(url\\(#)?${prefix}-`));
      }
    }
  }
  // Plots are drawn after the next paint.
  await new Promise((done) => setTimeout(done, 100));
  const before = there.textContent;
  first.setValue(first.idOf("w5") ?? -1, 1);
  first.trainer.train(3);
  first.checks.makeAll();
  const next = here.querySelector(".timeline button.back");
  next?.dispatchEvent(new KeyboardEvent("keydown", { key: ",", bubbles: true }));
  await settled();
  expect(first.place.value).toBe(first.steps.value.length - 1);
  expect(second.place.value).toBe(second.steps.value.length);
  expect(there.textContent).toBe(before);
  expect(here.textContent).not.toBe(before);
  for (const stop of stops) stop();
  for (const page of pages) page.close();
});
