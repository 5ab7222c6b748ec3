import { checkNode, explain, type Tensor } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { catalogueOf } from "../src/course/catalogue/index.ts";
import { findLesson, lessons } from "../src/course/lessons.ts";
import { initialState, linkOf, readLink } from "../src/instrument/link.ts";
import "../src/own/register.ts";
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

/** A function of 200 nodes that uses the inputs throughout. */
const CHAIN = `h0 = x\n${Array.from({ length: 66 }, (_, i) => `h${i + 1} = tanh(h${i}*w + b)`).join("\n")}\nx = 0.5; w = 0.9; b = 0.1`;

const id = (store: Store, name: string) => store.idOf(name) ?? -1;
const value = (store: Store, name: string) => store.graph.value.node(name)?.value?.item();

describe("an edit", () => {
  test.each([...lessons.map(({ name }) => name)])(
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
  /** Returns an engine that reports nothing until the test requests it. */
  function slowEngine() {
    const prompt = promptEngine();
    let told: (() => void) | undefined;
    const engine: Engine = {
      begin: (request, listener) => {
        const work = () => prompt.begin(request, listener);
        told = work;
        return {
          stop: () => {
            if (told === work) told = undefined;
          },
        };
      },
    };
    return { engine, tell: () => told?.() };
  }

  const lesson = findLesson("training");
  const plan = lesson?.training;
  if (lesson === undefined || plan === undefined) throw new Error("no lesson");

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
    expect(shown()).toEqual([
      false,
      10,
      trainedFor(plan, store.state.value.inputs, 10).parameters["w5"],
    ]);
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

  test.each(lessons.filter((each) => each.training).map((each) => each.name))(
    "of %s tells at each step what moved since the step before, and by which part of the most",
    (name) => {
      const store = storeOf(name);
      const stop = store.trainer.start();
      store.trainer.train(6);
      for (const step of [6, 4, 1, 3, 0]) {
        store.trainer.lookAt(step);
        const run = store.trainer.shown.value;
        if (run === undefined) throw new Error("no run");
        expect(run.at).toBe(step);
        const after = run.history[step] ?? [];
        const before = run.history[step - 1] ?? after;
        const distances = after.map((x, i) => Math.abs(x - (before[i] ?? 0)));
        const most = Math.max(...distances);
        const expected = run.names.flatMap((own, i) =>
          most > 0 ? [[id(store, own), (distances[i] ?? 0) / most] as const] : [],
        );
        expect(store.moved.value).toEqual(new Map(expected));
        expect(store.moved.value.size).toBe(step === 0 ? 0 : run.names.length);
      }
      stop();
    },
  );

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

test("Steps of training are gone back to, and what moved is told by its distance.", () => {
  const store = storeOf("training");
  const stop = store.trainer.start();
  expect(store.moved.value.size).toBe(0);
  store.trainer.train(5);
  const last = value(store, "w5");
  store.trainer.lookAt(1);
  const first = value(store, "w5") ?? 0;
  expect(first).toBeCloseTo(0.4 - 0.5 * 0.0821670405642308, 12);
  expect(first).not.toBe(last);
  const moves = [...store.moved.value];
  expect(Math.max(...moves.map(([, strength]) => strength))).toBe(1);
  const gradient = (name: string) =>
    Math.abs(
      findLesson("training")?.explain(store.state.value.inputs).node(name)?.gradient?.item() ?? 0,
    );
  const ratio =
    (store.moved.value.get(id(store, "w7")) ?? 0) / (store.moved.value.get(id(store, "w6")) ?? 1);
  expect(ratio).toBeCloseTo(gradient("w7") / gradient("w6"), 9);
  store.trainer.lookAt(0);
  expect(value(store, "w5")).toBe(0.4);
  store.trainer.lookAt(99);
  expect([value(store, "w5"), store.state.value.shown]).toEqual([last, undefined]);
  // Another step after the first one discards the later steps.
  store.trainer.lookAt(2);
  store.trainer.train(1);
  expect(store.state.value.trained).toBe(3);
  stop();
});

test("A point of those that are trained on is shown without forgetting what was trained.", () => {
  const store = storeOf("points");
  const stop = store.trainer.start();
  store.trainer.train(3);
  const trained = value(store, "v1");
  store.showPoint({ x1: 0.9, x2: 0.6, t: 0 });
  expect([value(store, "x1"), value(store, "t"), value(store, "v1")]).toEqual([0.9, 0, trained]);
  expect(store.trainer.shown.value?.at).toBe(3);
  stop();
});

describe("a function of one's own", () => {
  test("keeps the numbers that were changed, and takes those that are typed anew", () => {
    const store = storeOf("own");
    store.showOwn("z = x*y\nx = 3; y = 2");
    store.setValue(id(store, "x"), 5);
    store.showOwn("z = x*y + k\nx = 3; y = 4; k = 1");
    expect([value(store, "x"), value(store, "y"), value(store, "z")]).toEqual([5, 4, 21]);
    store.showOwn("z = (");
    expect(value(store, "z")).toBe(21);
  });

  test("is fitted to points: the mean of the squares goes down, and the first point is drawn", () => {
    const store = storeOf("own");
    const stop = store.trainer.start();
    // The points are on the line 2x + 1.
    const rows = [0, 1, 2, 3, 4].map((x) => [x, 2 * x + 1]);
    store.showOwn("y = a*x + b\na = 0; b = 0", { data: ["x"], rows });
    store.setSetting(store.rateName(), 0.05);
    store.trainer.train(800);
    expect(value(store, "a")).toBeCloseTo(2, 4);
    expect(value(store, "b")).toBeCloseTo(1, 4);
    expect(value(store, "error")).toBeLessThan(1e-6);
    stop();
  });

  test("has names of any kind, also those that objects have", () => {
    const store = storeOf("own");
    const stop = store.trainer.start();
    store.showOwn("rate = constructor * __proto__\nconstructor = 3; __proto__ = −2");
    expect(value(store, "rate")).toBe(-6);
    store.setValue(id(store, "__proto__"), 4);
    expect(value(store, "rate")).toBe(12);
    expect(store.rateName()).toBe("rate_");
    store.trainer.train(1);
    expect(value(store, "constructor")).toBeCloseTo(3 - 0.1 * 4, 14);
    expect(value(store, "__proto__")).toBeCloseTo(4 - 0.1 * 3, 14);
    store.update({ mode: "constructor" });
    expect(store.tangents.value.at(-1)?.item()).toBeCloseTo(4 - 0.1 * 3, 14);
    stop();
  });

  test("can add to lines of any name, and the link has it", () => {
    const store = storeOf("own");
    store.showOwn("__proto__ = 2x\nvalueOf = x + 1\nz = __proto__ * valueOf\nx = 3");
    expect(store.isAdjusted(id(store, "valueOf"))).toBe(false);
    store.addTo(id(store, "__proto__"), 4);
    store.addTo(id(store, "valueOf"), 1);
    store.addTo(id(store, "valueOf"), 1);
    expect(value(store, "z")).toBe(60);
    const first = lessons[0];
    if (first === undefined) throw new Error("no lesson");
    const link = readLink(linkOf(store.state.value), first, catalogueOf("en"));
    expect(link).toEqual({ state: store.state.value });
  });

  test("of 200 nodes is drawn without one of more than its limit being laid out", () => {
    const store = storeOf("own");
    store.showOwn(CHAIN);
    expect(store.graph.value.nodes.length).toBeGreaterThanOrEqual(200);
    expect(store.arranged.value.layout.nodes.length).toBeGreaterThanOrEqual(200);
  });
});

test("A number that a link hides is asked for, and shown when it was said.", () => {
  const store = storeOf("graph");
  store.update({ hidden: { node: "fruit", what: "gradient" }, step: 4 });
  const fruit = id(store, "fruit");
  expect(store.readings.value.derivative(fruit)).toBe("?");
  store.say(1);
  expect(store.readings.value.derivative(fruit)).toBe("?");
  store.say(1.1);
  expect(store.readings.value.derivative(fruit)).toBe("1.1");
  store.hasBlanks.value = true;
  expect(store.readings.value.derivative(id(store, "tax"))).toBe("______");
});

test("A narrow stage leads downwards; a network is one at every width until it is opened.", () => {
  const apples = storeOf("apples");
  apples.box.value = { width: 350, height: 600 };
  expect([apples.arranged.value.direction, apples.arranged.value.labelled]).toEqual(["down", true]);
  const network = storeOf("training");
  for (const width of [350, 840, 1400]) {
    network.box.value = { width, height: 540 };
    expect(network.arranged.value.direction).toBe("network");
    expect(network.arranged.value.scale).toBeGreaterThanOrEqual(1);
  }
  network.box.value = { width: 840, height: 540 };
  network.openAll(true);
  expect(network.arranged.value.direction).toBe("right");
  // No text of the stage is smaller than 11 pixels: its texts have 13.
  for (const { name } of lessons) {
    const store = storeOf(name);
    for (const width of [350, 728, 858, 1400]) {
      store.box.value = { width, height: 500 };
      const { direction, scale } = store.arranged.value;
      expect(scale * (direction === "network" ? 11 : 13)).toBeGreaterThanOrEqual(11);
    }
  }
});

test("A corner is told with the slopes on both sides, and is no wrong gradient.", () => {
  const store = storeOf("chain-rule");
  const corner = (x: Tensor, y: Tensor) => x.relu().mul(y).add(x.abs());
  const check = checkNode(explain(corner)(0, 3), "x");
  if (check === undefined) throw new Error("no check");
  expect(checkText(store, check)).toBe("a corner: slope −1 below, 4 above; 0 is taken");
  const smooth = checkNode(explain(corner)(2, 3), "x");
  expect(smooth && checkText(store, smooth)).toMatch(
    /^numerical derivative with h = \S+: 4: agrees in/,
  );
});
