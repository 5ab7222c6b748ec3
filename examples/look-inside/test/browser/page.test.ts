import { concat, type Tensor, tensor, zeros } from "@graddiff/core";
import { exportOnnx, importOnnx } from "@graddiff/onnx";
import { expect, test } from "vitest";
import { divergingPixels, picturePixels } from "../../src/colours.ts";
import { formatNumber } from "../../src/format.ts";
import { largestOf, STEP, uphill } from "../../src/inputs.ts";
import { Inside, largestNeuron, numberOf, type Pick } from "../../src/neuron.ts";
import { legendOf } from "../../src/words.ts";
import { model, sample } from "../support.ts";
import {
  button,
  drop,
  item,
  items,
  pixels,
  root,
  says,
  textOf,
  usePages,
  violations,
} from "./support.ts";

const { visitor, open } = usePages(root);

const inside = new Inside(model());
const image = (numbers: ArrayLike<number>) =>
  tensor(Float64Array.from(numbers), { shape: [1, 1, 16, 16], dtype: "float32" });

/** Returns the values that Node computes for a neuron. */
function computed(value: string, pick: Pick, numbers: ArrayLike<number>) {
  const inputs = [image(numbers)];
  const seen = inside.values(value, inputs);
  const gradient = inside.gradient(value, pick, inputs, 0);
  const number = numberOf(seen.numbers, seen.shape, pick);
  return { number, gradient, picture: [...divergingPixels(gradient, largestOf(gradient))] };
}

const READY = /^Gemm, unit \d: gradient in \d+ ms\.$/;

test("under a strict policy the example opens; inputs, units and steps uphill have the pictures of Node", async () => {
  const context = await visitor();
  const policies: (string | undefined)[] = [];
  context.on("response", (response) => {
    if (/html|javascript/.test(response.headers()["content-type"] ?? "")) {
      policies.push(response.headers()["content-security-policy"]);
    }
  });
  const page = await open(context);
  await says(page, READY);
  const expected = /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri/;
  expect(policies).toEqual(new Array(3).fill(expect.stringMatching(expected)));
  const meta = page.locator("meta[http-equiv=Content-Security-Policy]");
  expect(await meta.getAttribute("content")).toMatch(expected);

  const { number, gradient, picture } = computed("logits", { channel: 0 }, sample(0));
  expect(await textOf(page, "neuron-name")).toBe("Gemm, unit 0");
  expect(await textOf(page, "neuron-number")).toBe(formatNumber(number));
  expect(await textOf(page, "legend-high")).toBe(formatNumber(largestOf(gradient)));
  expect(await pixels(page, "gradient-picture")).toEqual(picture);
  expect(await pixels(page, "input-picture")).toEqual([...picturePixels(sample(0), 1)]);
  expect(await textOf(page, "model-facts")).toBe("13 operators, 5,502 numbers in weights.");

  await button(page, "A handwritten 7").click();
  await says(page, /unit 7/);
  await page.getByRole("button", { name: /^Unit 2 / }).click();
  await says(page, /unit 2/);
  const before = computed("logits", { channel: 2 }, sample(7));
  expect(await pixels(page, "gradient-picture")).toEqual(before.picture);
  await button(page, "One step uphill").click();
  await expect.poll(() => textOf(page, "growth")).toMatch(/: from/);
  const after = computed("logits", { channel: 2 }, uphill(sample(7), before.gradient, STEP));
  expect(after.number).toBeGreaterThan(before.number);
  const [from, to] = [before, after].map(({ number }) => formatNumber(number));
  expect(await textOf(page, "growth")).toContain(
    `After 1 step of at most 0.1: from ${from} to ${to}.`,
  );
  // All steps are counted, and the effect for one neuron is not shown for another.
  for (let steps = 2; steps <= 6; steps++) {
    await button(page, "One step uphill").click();
    await expect.poll(() => textOf(page, "growth")).toMatch(new RegExp(`^After ${steps} .*: from`));
  }
  expect(await textOf(page, "input-caption")).toBe("a handwritten 7, 6 steps uphill");
  await page.getByRole("button", { name: /^Unit 3 / }).click();
  await says(page, /unit 3/);
  expect(await textOf(page, "growth")).toMatch(
    /^After 6 steps .* each: 6 steps for Gemm, unit 2\./,
  );
  await page.getByRole("button", { name: /^Unit 2 / }).click();
  await says(page, /unit 2/);
  await button(page, "Undo 6 steps").click();
  await expect.poll(() => textOf(page, "neuron-number")).toBe(from);
  expect(await pixels(page, "gradient-picture")).toEqual(before.picture);
  expect(await button(page, "Undo").isDisabled()).toBe(true);

  // Bars go to the side of their sign, from one zero.
  const { numbers, shape } = inside.values("logits", [image(sample(7))]);
  expect(await textOf(page, "node-legend")).toBe(legendOf({ numbers, shape }));
  const bars = await page.locator(".meter").evaluateAll((all) =>
    all.map((meter) => {
      const { left, right, backgroundColor } = getComputedStyle(meter, "::before");
      const zero = Number.parseFloat(getComputedStyle(meter, "::after").left) + 1;
      const end = meter.getBoundingClientRect().width - Number.parseFloat(right);
      return { from: Number.parseFloat(left) - zero, to: end - zero, backgroundColor };
    }),
  );
  expect(bars.length).toBe(numbers.length);
  numbers.forEach((number, i) => {
    const { from = 0, to = 0, backgroundColor } = bars[i] ?? {};
    expect(Math.abs(number < 0 ? to : from)).toBeLessThan(0.1);
    expect(Math.sign(from + to)).toBe(Math.sign(number));
    expect(backgroundColor).toBe(number < 0 ? "rgb(93, 155, 216)" : "rgb(244, 154, 62)");
  });
});

test("the mouse unfolds a group, and chooses an operator, a channel and a pixel in it", async () => {
  const page = await open();
  await says(page, READY);
  expect(await items(page)).toEqual([
    "features 11 nodes",
    "block1 3 nodes [1, 8, 8, 8]",
    "block2 3 nodes [1, 12, 4, 4]",
    "residual 5 nodes [1, 12, 4, 4]",
    "classifier 2 nodes",
    "Flatten flatten [1, 192]",
    "Gemm linear [1, 10]",
  ]);
  await item(page, /^residual/).click();
  expect((await items(page)).length).toBe(12);
  await item(page, /residual.conv2/).click();
  // The largest number of all is chosen, then that of a channel.
  const value = "/features/residual/conv2/Conv_output_0";
  const { numbers, shape } = inside.values(value, [image(sample(0))]);
  const where = ({ channel, place }: Pick) =>
    `Conv, channel ${channel}, at row ${place?.row}, column ${place?.column}`;
  await says(page, where(largestNeuron(numbers, shape)));
  expect(await page.getByRole("button", { name: /^Channel/ }).count()).toBe(12);
  await page.getByRole("button", { name: /^Channel 5,/ }).click();
  const largest = largestNeuron(numbers, shape, 5);
  await says(page, where(largest));
  const { picture } = computed(value, largest, sample(0));
  expect(await pixels(page, "gradient-picture")).toEqual(picture);
  const { width, height } = (await page.locator("#place canvas").boundingBox()) ?? {
    width: 0,
    height: 0,
  };
  const position = { x: (2.5 / 4) * width, y: (1.5 / 4) * height };
  await page.locator("#place canvas").click({ position });
  await says(page, /channel 5, at row 1, column 2/);
  const place = computed(value, { channel: 5, place: { row: 1, column: 2 } }, sample(0));
  expect(await pixels(page, "gradient-picture")).toEqual(place.picture);
  expect(await textOf(page, "neuron-number")).toBe(formatNumber(place.number));
  await page.getByLabel("Row", { exact: true }).fill("3");
  await page.getByLabel("Row", { exact: true }).press("Enter");
  await says(page, /channel 5, at row 3, column 2/);
  await button(page, "Mean of the channel").click();
  await says(page, /channel 5, mean/);
  const mean = computed(value, { channel: 5 }, sample(0));
  expect(await pixels(page, "gradient-picture")).toEqual(mean.picture);
  await item(page, /^features/).click();
  expect((await items(page)).slice(0, 2)).toEqual([
    "features 11 nodes [1, 12, 4, 4]",
    "classifier 2 nodes",
  ]);
});

test("the keyboard moves in the graph, folds, unfolds and chooses", async () => {
  const page = await open();
  await says(page, READY);
  const focused = () => page.evaluate<string>("document.activeElement.getAttribute('aria-label')");
  await item(page, /^Gemm/).focus();
  await page.keyboard.press("Home");
  expect(await focused()).toMatch(/^features 11 nodes/);
  await page.keyboard.press("ArrowDown");
  expect(await focused()).toMatch(/^block1/);
  await page.keyboard.press("ArrowRight");
  expect(await item(page, /^block1/).getAttribute("aria-expanded")).toBe("true");
  await page.keyboard.press("ArrowRight");
  expect(await focused()).toBe("Conv conv [1, 8, 16, 16]; /features/block1/conv/Conv");
  await page.keyboard.press("Enter");
  await says(page, /^Conv, channel/);
  expect(await item(page, /^Conv conv/).getAttribute("aria-selected")).toBe("true");
  await page.keyboard.press("ArrowLeft");
  expect(await focused()).toMatch(/^block1/);
  await page.keyboard.press("Space");
  expect(await item(page, /^block1/).getAttribute("aria-expanded")).toBe("false");
  expect(await focused()).toMatch(/^block1/);
  // The Tab key has one stop for the whole graph.
  expect(await page.locator("#graph [tabindex='0']").count()).toBe(1);
});

/** A model of several inputs, none of which is a picture. */
const vectors = () =>
  exportOnnx(
    (first: Tensor, second: Tensor) => concat([first.mul(second).tanh(), second], 1),
    [tensor([[1, 2, 3]]), tensor([[4, 5, 6]])],
    { inputs: ["first", "second"], dynamic: { first: 0, second: 0 } },
  ).bytes;

test("another file is dropped: its inputs get noise, and the gradient goes to the one that is chosen", async () => {
  const page = await open();
  await says(page, READY);
  await drop(page, "vectors.onnx", vectors());
  await expect.poll(() => textOf(page, "model-name")).toBe("vectors.onnx");
  await says(page, /, unit \d: gradient/);
  expect(await textOf(page, "input-facts")).toBe(
    "first: float32 [1, 3]; second: float32 [1, 3]. The length of the batch is open, and 1 here.",
  );
  expect(await page.getByRole("button", { name: /^Unit/ }).count()).toBe(6);
  // The last three units depend only on the second input, so the gradient by the first input is 0.
  await page.getByRole("button", { name: /^Unit 4 / }).click();
  await expect.poll(() => textOf(page, "meaning")).toMatch(/^The gradient is 0 everywhere/);
  await page.getByRole("button", { name: /^Unit 1 / }).click();
  await expect.poll(() => textOf(page, "meaning")).toMatch(/^A larger number where it is orange/);
  await page.getByRole("button", { name: /^Unit 4 / }).click();
  await page.getByLabel("Gradient to").selectOption("second");
  await expect.poll(() => textOf(page, "legend-high")).toBe("1.000");
  expect(await button(page, "Open a picture").isVisible()).toBe(false);
  await button(page, "Back to the example").click();
  await says(page, READY);
});

test("a length that is open is a field, and a single channel is shown at large", async () => {
  const page = await open();
  await says(page, READY);
  const squares = (x: Tensor) => x.square().reshape([1, 1, -1]);
  const { bytes } = exportOnnx(squares, [zeros([1, 3])], { inputs: ["x"], dynamic: { x: 1 } });
  await drop(page, "open.onnx", bytes);
  await expect.poll(() => textOf(page, "node-facts")).toMatch(/: \[1, 1, 1\], 1 unit\.$/);
  const [name = ""] = importOnnx(bytes).inputs.flatMap(({ shape }) => shape?.slice(1) ?? []);
  await page.getByLabel(String(name), { exact: true }).fill("5");
  await page.getByLabel(String(name), { exact: true }).press("Enter");
  await expect
    .poll(() => textOf(page, "node-facts"))
    .toMatch(/: \[1, 1, 5\], 1 channel of 1 × 5\.$/);
  await says(page, /, at row 0, column \d: gradient/);
  expect(await page.locator("#channels").isVisible()).toBe(false);
});

test("a picture is dropped, and becomes the input in its size", async () => {
  const page = await open();
  await says(page, READY);
  const url = await page.evaluate<string>(`(() => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 64, height: 32 });
    const context = canvas.getContext("2d");
    context.fillStyle = "#999";
    context.fillRect(0, 0, 64, 32);
    return canvas.toDataURL();
  })()`);
  await drop(page, "grey.png", Buffer.from(url.split(",")[1] ?? "", "base64"), "image/png");
  await expect.poll(() => textOf(page, "input-caption")).toBe("your picture");
  expect(new Set(await pixels(page, "input-picture"))).toEqual(new Set([0x99, 255]));
  await page.getByLabel("Scale").selectOption("−1 to 1");
  await says(page, READY);
  await drop(page, "text.png", new Uint8Array(9), "image/png");
  await says(page, "Error: This file is no picture that the browser can read.");
});

test("damaged files and refused operators are told in words", async () => {
  const page = await open();
  await says(page, READY);
  await page.setViewportSize({ width: 390, height: 844 });
  await drop(page, "damaged.onnx", model().slice(0, 9000));
  await says(page, /^Error: importOnnx: .*/);
  // Empty frames are hidden then.
  expect(await page.locator("#graph").isVisible()).toBe(false);
  expect(await page.locator("#results").isVisible()).toBe(false);
  await drop(page, "text.onnx", Buffer.from("This is no model."));
  await says(page, /^Error: importOnnx: /);
  // The field of the operator in a node: its number and kind, its length, its letters.
  const RELU = '"\x04Relu';
  const other = Buffer.from(model().buffer);
  for (let at = other.indexOf(RELU); at >= 0; at = other.indexOf(RELU))
    other.write('"\x04Rolu', at);
  await drop(page, "other.onnx", other);
  await says(page, /^Error: importOnnx: .*Rolu/s);
  await button(page, "Back to the example").click();
  await says(page, READY);
  // A folded graph is only as large as necessary.
  await item(page, /^features/).click();
  await item(page, /^classifier/).click();
  expect((await page.locator("#graph").boundingBox())?.height).toBeLessThan(260);
});

test("a worker that cannot be loaded is told in words", async () => {
  const context = await visitor();
  await context.route("**/worker-*.js", (route) => route.abort());
  const page = await open(context, /^failed: .*worker|ERR_FAILED/);
  await says(page, "Error: the file of the worker was not loaded");
});

test("in both themes it is accessible, and fits any width", async () => {
  const page = await open(await visitor({ viewport: { width: 1280, height: 800 } }));
  await says(page, READY);
  const judge = async (widths: readonly number[]) => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
        if (width !== 320) expect(await violations(page)).toEqual([]);
      }
    }
  };
  await judge([1280, 390, 320]);
  await item(page, /^residual/).click();
  await item(page, /residual.conv2/).click();
  await says(page, /^Conv, channel/);
  await judge([390, 320]);
});
