import { checkNode, explain, type Tensor } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { catalogueOf } from "../src/course/catalogue/index.ts";
import { findLesson, lessons } from "../src/course/lessons.ts";
import { initialState } from "../src/instrument/link.ts";
import { trainedFor } from "../src/instrument/training.ts";
import { checkText } from "../src/web/checkText.ts";
import { Store } from "../src/web/store.ts";
import { stepsOf } from "../src/web/trainer.ts";
import type { Engine } from "../src/web/work/engine.ts";
import { promptEngine } from "./reader/page.ts";

function storeOf(name: string): Store {
  const lesson = findLesson(name);
  if (lesson === undefined) throw new Error(`no lesson ${name}`);
  return new Store("en", catalogueOf("en"), initialState(lesson), promptEngine());
}

const id = (store: Store, name: string) => store.idOf(name) ?? -1;
const value = (store: Store, name: string) => store.graph.value.node(name)?.value?.item();

describe("an edit", () => {
  test.each([...lessons.map(({ name }) => name), "long-chain"])(
    "of %s computes the graph anew and lays nothing out",
    (name) => {
      const store = storeOf(name);
      const { arranged, steps, graph } = store;
      const before = [arranged.value, steps.value, graph.value];
      const first = graph.value.nodes.find(
        ({ kind, shape }) => kind === "input" && shape.length === 0,
      );
      if (first === undefined) return;
      store.addTo(first.id, store.stepOf(first.id));
      expect(arranged.value).toBe(before[0]);
      expect(steps.value).toBe(before[1]);
      expect(graph.value).not.toBe(before[2]);
    },
  );

  test("in the middle stays when inputs change, and is taken back alone", () => {
    const store = storeOf("graph");
    store.goToPlace(4);
    store.addTo(id(store, "fruit"), 10);
    store.setValue(id(store, "apples"), 3);
    expect([value(store, "fruit"), value(store, "total")]).toEqual([760, 836.0000000000001]);
    store.setValue(id(store, "fruit"), 800);
    expect(store.state.value.adjusted).toEqual({ fruit: 50 });
    store.undo(id(store, "fruit"));
    expect(value(store, "fruit")).toBe(750);
    store.reset();
    expect([value(store, "fruit"), store.isChanged()]).toEqual([650, false]);
  });

  test("in the middle to the value that is there, or back to it, adds nothing", () => {
    const store = storeOf("graph");
    store.setValue(id(store, "fruit"), 650);
    expect([store.state.value.adjusted, store.isChanged()]).toEqual([{}, false]);
    store.addTo(id(store, "fruit"), 10);
    store.addTo(id(store, "fruit"), -10);
    expect([store.state.value.adjusted, store.isChanged()]).toEqual([{}, false]);
    expect(store.graph.value.node("fruit")?.difference).toBeUndefined();
  });

  test("that an input cannot take changes nothing", () => {
    const store = storeOf("apples");
    store.setValue(id(store, "price"), -1);
    store.setValue(id(store, "price"), Number.NaN);
    expect(value(store, "price")).toBe(100);
    expect(store.complaint(id(store, "price"), -1)).toBe("price must be 0 or more");
    expect(store.complaint(id(store, "apples"), -1)).toBeUndefined();
  });

  test("of a number that is not computed yet changes nothing; an offer shows it first", () => {
    const store = storeOf("graph");
    expect(store.place.value).toBe(0);
    store.addTo(id(store, "fruit"), 10);
    expect([value(store, "fruit"), store.isChanged()]).toEqual([650, false]);
    store.goToStep(3);
    store.goToPlace(0);
    store.take({ node: "fruit", by: 10 });
    expect([value(store, "fruit"), store.place.value]).toEqual([660, 4]);
  });

  test("of a trained weight goes on from the trained ones", () => {
    const store = storeOf("training");
    const stop = store.trainer.start();
    store.trainer.train(10);
    expect(store.state.value.trained).toBe(10);
    const w6 = value(store, "w6");
    store.setValue(id(store, "w5"), 1);
    expect([value(store, "w5"), value(store, "w6"), store.state.value.trained]).toEqual([1, w6, 0]);
    stop();
  });
});

describe("training", () => {
  /** An engine that tells nothing until it is asked to. */
  function slowEngine() {
    const prompt = promptEngine();
    let told: (() => void) | undefined;
    const engine: Engine = {
      begin: (request, listener) => {
        told = () => prompt.begin(request, listener);
      },
      stop: () => {
        told = undefined;
      },
    };
    return { engine, tell: () => told?.() };
  }

  const lesson = findLesson("training");
  if (lesson === undefined) throw new Error("no lesson");

  test("shows the numbers of a link's steps when they have come, and those of the start until then", () => {
    const { engine, tell } = slowEngine();
    const store = new Store(
      "en",
      catalogueOf("en"),
      { ...initialState(lesson), trained: 10 },
      engine,
    );
    const stop = store.trainer.start();
    const shown = () => {
      const { value: run } = store.trainer.shown;
      return [store.trainer.isBusy.value, run && stepsOf(run), value(store, "w5")];
    };
    expect(shown()).toEqual([true, undefined, 0.4]);
    tell();
    expect(shown()).toEqual([false, 10, trainedFor(store.state.value.inputs, 10).parameters["w5"]]);
    stop();
  });

  test("that is overtaken by an edit is given up", () => {
    const { engine, tell } = slowEngine();
    const store = new Store("en", catalogueOf("en"), initialState(lesson), engine);
    const stop = store.trainer.start();
    store.trainer.train("flat");
    store.setValue(id(store, "w5"), 1);
    tell();
    expect([store.trainer.isBusy.value, value(store, "w5"), store.state.value.trained]).toEqual([
      false,
      1,
      0,
    ]);
    stop();
  });

  test("of two stores goes its own ways", () => {
    const [first, second] = [storeOf("training"), storeOf("training")];
    const stops = [first.trainer.start(), second.trainer.start()];
    first.trainer.train(3);
    second.setSetting("rate", 10);
    second.trainer.train(2);
    expect(first.trainer.shown.value?.errors).toHaveLength(4);
    expect(second.trainer.shown.value?.errors).toHaveLength(3);
    expect(value(first, "w5")).not.toBe(value(second, "w5"));
    first.checks.makeAll();
    expect(second.checks.made.value.size).toBe(0);
    for (const stop of stops) stop();
  });
});

describe("folding", () => {
  test("lays out anew, and the timeline has the steps of what is drawn", () => {
    const store = storeOf("training");
    const before = [store.arranged.value.layout.nodes.length, store.steps.value.length];
    store.toggle(id(store, "h1"));
    expect(store.arranged.value.layout.nodes.length).toBe((before[0] ?? 0) + 4);
    expect(store.steps.value.length).toBe((before[1] ?? 0) + 8);
    store.toggle(id(store, "h1"));
    expect([store.arranged.value.layout.nodes.length, store.steps.value.length]).toEqual(before);
  });
});

test("A narrow stage leads downwards, and has products only where they can be read.", () => {
  const apples = storeOf("apples");
  apples.box.value = { width: 350, height: 600 };
  expect([apples.arranged.value.direction, apples.arranged.value.labelled]).toEqual(["down", true]);
  const network = storeOf("training");
  network.box.value = { width: 350, height: 600 };
  expect([network.arranged.value.direction, network.arranged.value.labelled]).toEqual([
    "down",
    false,
  ]);
  // On a laptop, where a scroll bar takes some of the width.
  network.box.value = { width: 840, height: 540 };
  expect([network.arranged.value.direction, network.arranged.value.labelled]).toEqual([
    "right",
    true,
  ]);
});

test("A corner is told with the slopes on both sides, and is no wrong gradient.", () => {
  const store = storeOf("chain-rule");
  const corner = (x: Tensor, y: Tensor) => x.relu().mul(y).add(x.abs());
  const check = checkNode(explain(corner)(0, 3), "x");
  if (check === undefined) throw new Error("no check");
  expect(checkText(store, check)).toBe("a corner: slope −1 below, 4 above; by convention 0");
  const smooth = checkNode(explain(corner)(2, 3), "x");
  expect(smooth && checkText(store, smooth)).toMatch(
    /^numerical derivative with h = \S+: 4: agrees in/,
  );
});
