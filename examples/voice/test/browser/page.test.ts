import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LENGTH } from "../../src/audio/clip.ts";
import { listenerOf } from "../../src/model/files.ts";
import { probabilitiesOf } from "../onnxruntime.ts";
import { heldOut, takes } from "../takes.ts";
import {
  button,
  downloaded,
  inkOf,
  microphoneOf,
  root,
  says,
  takeCounts,
  usePages,
  violations,
} from "./support.ts";

// The microphone plays this in a loop, so any 1.3 s have the whole word, beginning at any point of it.
const [clip = new Float32Array(LENGTH)] = takes.word;
const { visitor, open } = usePages(root, microphoneOf(clip));

const listener = () => visitor({ permissions: ["microphone"] });

test("a word is recorded, trained, heard, downloaded, and heard again with the file", async () => {
  const page = await open(await listener());
  await says(page, "train", "Ready.");
  const policy = page.locator("meta[http-equiv=Content-Security-Policy]");
  expect(await policy.getAttribute("content")).toMatch(/script-src 'self' 'wasm-unsafe-eval';/);
  expect(await button(page, "Listen").first().isDisabled()).toBe(true);
  expect(await button(page, "Download").isDisabled()).toBe(true);
  // The other takes are synthetic; the takes of the word come from the microphone.
  await button(page, "Make synthetic takes").click();
  expect(await takeCounts(page)).toEqual([5, 5]);
  for (let left = 4; left >= 0; left -= 1) {
    await page.getByLabel("Delete take 1 of the word").click();
    expect(await takeCounts(page)).toEqual([left, 5]);
  }
  expect(await page.evaluate("document.activeElement.id")).toBe("recordWord");
  await page.getByLabel("Your word").fill("Hey, gradient!");
  await button(page, "Train").click();
  await says(
    page,
    "train",
    "Training takes 3 takes of the word and 3 of anything else. There are 0 and 5.",
  );

  for (let count = 1; count <= 4; count += 1) {
    await button(page, "Record the word").click();
    await expect.poll(() => takeCounts(page)).toEqual([count, 5]);
    await says(page, "record", "Recorded.");
  }
  await says(page, "train", "Ready.");
  await expect.poll(() => inkOf(page, "#wordTakes canvas")).toBeGreaterThan(0.1);
  await page.getByLabel("Play take 4 of the word").click();

  await button(page, "Train").click();
  await says(
    page,
    "train",
    /^Done: “Hey, gradient!”, 4 takes and 5 others\. It tells \d+ % of them apart\./,
  );
  expect(await page.locator("#epoch").textContent()).toBe("8 of 8");
  expect(await page.locator("#curves svg desc").textContent()).toMatch(/^8 epochs\. /);

  await page.getByRole("button", { name: "Listen", exact: true }).click();
  await says(page, "listen", /^Say “Hey, gradient!”: heard [1-9]\d* times?\.$/);
  expect(await inkOf(page, "#strip")).toBeGreaterThan(0.02);
  await button(page, "Stop listening").click();
  await says(page, "listen", /^“Hey, gradient!” was heard \d+ times?\.$/);

  await says(page, "keep", /^Read again, the file gives the probabilities of the network, to /);
  const { name, bytes } = await downloaded(page);
  expect(name).toBe("hey-gradient.onnx");
  const listen = listenerOf(bytes);
  const own = heldOut.word.map(listen);
  const others = await probabilitiesOf(bytes, heldOut.word);
  own.forEach((probability, i) => {
    expect(Math.abs(probability - (others[i] ?? Number.NaN))).toBeLessThan(1e-4);
  });
  // The training used the same voice, with other takes of the word.
  expect(own.filter((probability) => probability > 0.5).length).toBeGreaterThanOrEqual(4);

  const again = await open(await listener());
  await again.getByLabel("Open a file").setInputFiles({
    name: "hey-gradient (1).onnx",
    mimeType: "application/octet-stream",
    buffer: Buffer.from(bytes),
  });
  await says(again, "listen", "Ready to listen for “hey gradient”.");
  await again.getByRole("button", { name: "Listen", exact: true }).click();
  await says(again, "listen", /^Say “hey gradient”: heard [1-9]/);
});

test("without a microphone synthetic takes train, and a synthetic voice is heard", async () => {
  const page = await open();
  await button(page, "Make synthetic takes").focus();
  await page.keyboard.press("Enter");
  expect(await page.getByLabel("Your word").inputValue()).toBe("sesami");
  await expect.poll(() => takeCounts(page)).toEqual([5, 5]);
  // The test waits, since the last take is counted before it is saved, and a disabled button takes no focus.
  await expect.poll(() => button(page, "Train").isEnabled()).toBe(true);
  await button(page, "Train").focus();
  await page.keyboard.press("Enter");
  await says(page, "train", /^Done: “sesami”, 5 takes and 5 others\./);
  expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Train");
  await button(page, "Listen to a synthetic voice").click();
  await says(
    page,
    "listen",
    /^A synthetic voice says “sesami” and other words in turn: heard [2-9]/,
  );
  const { name } = await downloaded(page);
  expect(name).toBe("sesami.onnx");
});

test("a training that is stopped keeps what it has learnt", async () => {
  const page = await open();
  await button(page, "Make synthetic takes").click();
  await button(page, "Train").click();
  await button(page, "Stop").click();
  await says(page, "train", /^Stopped: “sesami”/);
  expect(await page.locator("#epoch").textContent()).toMatch(/^[0-7] of 8$/);
  expect((await downloaded(page)).bytes.length).toBeGreaterThan(100_000);
});

test.each([
  ["a microphone that is refused", "NotAllowedError", /^The microphone was refused\. Allow it/],
  ["no microphone", "NotFoundError", /^No microphone was found\. Connect one/],
  ["a microphone in use", "NotReadableError", /^Another program has the microphone\./],
])("%s is told in words, by recording and by listening", async (_, name, words) => {
  const context = await visitor();
  await context.addInitScript(`
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "${name}"));`);
  const page = await open(context);
  await button(page, "Record the word").click();
  await says(page, "record", words);
  const file = await trainedFile();
  await page.getByLabel("Open a file").setInputFiles(file);
  await page.getByRole("button", { name: "Listen", exact: true }).click();
  await says(page, "listen", words);
});

test("without a permission, Chromium refuses the microphone", async () => {
  const page = await open(await visitor({ permissions: [] }));
  await button(page, "Record the word").click();
  await says(page, "record", /^The microphone was refused\./);
});

test("without https there is no microphone, which is told in words", async () => {
  const context = await visitor();
  await context.addInitScript(
    "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });",
  );
  const page = await open(context);
  await button(page, "Record something else").click();
  await says(page, "record", /^The microphone needs https, or an address of this machine/);
});

test("a silent take of the word is refused in words, and is a take of something else", async () => {
  const context = await visitor();
  await context.addInitScript(`
    navigator.mediaDevices.getUserMedia = async () =>
      new AudioContext().createMediaStreamDestination().stream;`);
  const page = await open(context);
  await button(page, "Record the word").click();
  await says(page, "record", /^Nothing was heard: the take has -180 dB at its loudest/);
  await button(page, "Record something else").click();
  await says(page, "record", "Recorded.");
  expect(await takeCounts(page)).toEqual([0, 1]);
});

test("a wrong file is refused in words", async () => {
  const page = await open();
  await says(page, "train", "Ready.");
  const choose = (name: string, buffer: Buffer) =>
    page.getByLabel("Open a file").setInputFiles({ name, mimeType: "", buffer });
  await choose("song.onnx", Buffer.from("no model"));
  await says(page, "keep", /^Error: the file is no ONNX model that can be read: /);
  await choose("words.onnx", readFileSync(new URL("../../model/words.onnx", import.meta.url)));
  await says(page, "keep", /^Error: a detector of this page was expected, which takes audio/);
});

test("a network that is missing is told in words", async () => {
  const context = await visitor();
  await context.route("**/*.onnx", (route) => route.fulfill({ status: 404 }));
  const page = await open(context, /404|^failed: .*\.onnx$/);
  await says(page, "train", /^Error: The server answers 404 for .*words.*\.onnx\.$/);
  expect(await button(page, "Train").isDisabled()).toBe(true);
});

test("in both themes it is accessible, and it fits any width", async () => {
  const viewport = { width: 1280, height: 844 };
  const page = await open(await visitor({ colorScheme: "light", viewport }));
  await button(page, "Make synthetic takes").click();
  await button(page, "Train").click();
  await says(page, "train", /^Done: /);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const paper = colorScheme === "light" ? "#ffffff" : "#12181f";
    await expect
      .poll(() => page.locator("#curves svg .background").getAttribute("fill"))
      .toBe(paper);
    for (const width of [1280, 390, 320]) {
      await page.setViewportSize({ ...viewport, width });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      expect(await violations(page)).toEqual([]);
    }
  }
});

/** Returns a detector that nobody needs to be good. */
async function trainedFile() {
  const page = await open();
  await button(page, "Make synthetic takes").click();
  await button(page, "Train").click();
  await button(page, "Stop").click();
  await says(page, "train", /^Stopped: /);
  const { bytes } = await downloaded(page);
  return { name: "sesami.onnx", mimeType: "", buffer: Buffer.from(bytes) };
}
