// @vitest-environment happy-dom
/**
 * Two instruments on one page.
 */

import { afterEach, expect, test } from "vitest";
import { catalogueOf } from "../../src/course/catalogue/index.ts";
import { findLesson } from "../../src/course/lessons.ts";
import { initialState } from "../../src/instrument/link.ts";
import { followKeys } from "../../src/web/keys.ts";
import { Store } from "../../src/web/store.ts";
import { openPage, promptEngine, settled } from "./page.ts";

afterEach(() => {
  document.body.replaceChildren();
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
  // A reference to an id refers to one of its own stage.
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
  // Plots are drawn behind the next paint.
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
