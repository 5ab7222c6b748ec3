import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type SessionState, STARTING } from "../src/state.ts";
import {
  fileName,
  fileStatus,
  listeningStatus,
  microphoneProblem,
  numbersOf,
  statusOf,
  takesHint,
  tooFew,
  tooQuiet,
  wordOfFile,
} from "../src/words.ts";

const row = { epoch: 7, learningRate: 0, steps: 7, training: { loss: 0.012345 } };
const progress = {
  epoch: 7,
  epochs: 8,
  step: 56,
  steps: 56,
  row,
  ended: undefined,
  training: row.training,
};
const run = {
  word: "sesame",
  takes: { word: 5, other: 1 },
  progress,
  epochs: 8,
  accuracy: 0.9,
  result: { bytes: 157_672, difference: 3e-8 },
};
const done: SessionState = {
  ...STARTING,
  phase: "ready",
  run,
  listener: { word: "sesame", from: "training" },
};

test("the status says what is done, of which takes", () => {
  expect(statusOf(STARTING)).toBe("Starting.");
  expect(statusOf({ ...STARTING, phase: "ready" })).toBe("Ready.");
  expect(statusOf({ ...STARTING, phase: "preparing", isSlow: true })).toBe(
    "Making clips of the takes. WebAssembly is forbidden here, so it is slow.",
  );
  expect(statusOf({ ...done, phase: "training" })).toBe("Training “sesame”.");
  expect(statusOf(done)).toBe(
    "Done: “sesame”, 5 takes and 1 other. It tells 90 % of them apart. Now listen.",
  );
  const stopped = { ...run, progress: { ...progress, epoch: 3 }, accuracy: undefined };
  expect(statusOf({ ...done, run: stopped })).toBe(
    "Stopped: “sesame”, 5 takes and 1 other. Now listen.",
  );
  expect(statusOf({ ...done, error: "no memory" })).toBe("Error: no memory.");
});

test("numbers are those of the run, or none", () => {
  const none = { epoch: "–", loss: "–", accuracy: "–", size: "–" };
  expect(numbersOf(undefined)).toEqual(none);
  const numbers = { epoch: "8 of 8", loss: "0.0123", accuracy: "90 %", size: "158 kB" };
  expect(numbersOf(run)).toEqual(numbers);
  const begun = {
    ...run,
    progress: { ...progress, epoch: 0, row: undefined },
    accuracy: undefined,
  };
  expect(numbersOf({ ...begun, result: undefined })).toEqual({ ...none, epoch: "0 of 8" });
});

test("too few takes, and too quiet ones, are told with their numbers", () => {
  expect(tooFew({ word: 3, other: 3 })).toBe(undefined);
  expect(tooFew({ word: 7, other: 2 })).toBe(
    "Training takes 3 takes of the word and 3 of anything else. There are 7 and 2.",
  );
  expect(tooQuiet(-63.7)).toMatch(
    /^Nothing was heard: the take has -64 dB at its loudest, and speech has -48 dB or more\./,
  );
  expect(takesHint("word", 0)).toBe("0 takes. Say it 3 more times at least.");
  expect(takesHint("word", 2)).toBe("2 takes. Say it 1 more time at least.");
  expect(takesHint("other", 1)).toBe("1 take. 2 more at least: other words, humming, silence.");
  expect(takesHint("other", 4)).toBe("4 takes, enough to train. Five are better.");
  expect(takesHint("word", 5)).toBe("5 takes. More make it surer.");
});

test.each([
  [new DOMException("", "SecurityError"), "The microphone needs https, or an address"],
  [new DOMException("", "NotAllowedError"), "The microphone was refused. Allow it for this page"],
  [new DOMException("", "NotFoundError"), "No microphone was found. Connect one"],
  [new DOMException("", "NotReadableError"), "Another program has the microphone."],
  [new Error("it burns"), "The microphone does not work: it burns."],
])("%s is a sentence that says what to do", (error, words) => {
  expect(microphoneProblem(error).startsWith(words)).toBe(true);
  expect(microphoneProblem(error).endsWith("You can also make synthetic takes.")).toBe(true);
});

test("listening says what it listens for", () => {
  const silent = { from: undefined, hits: 0 };
  expect(listeningStatus(STARTING, silent)).toBe(
    "Nothing to listen with yet: train, or open a file.",
  );
  expect(listeningStatus(done, silent)).toBe("Ready to listen for “sesame”.");
  expect(listeningStatus(done, { from: "microphone", hits: 1 })).toBe(
    "Say “sesame”: heard 1 time.",
  );
  expect(listeningStatus(done, { from: undefined, hits: 2 })).toBe("“sesame” was heard 2 times.");
  const unnamed: SessionState = { ...done, listener: { word: "", from: "training" } };
  expect(listeningStatus(unnamed, silent)).toBe("Ready to listen for your word.");
});

test("files are named after their word, and the word after its file", () => {
  expect(fileName("Hey, Gradient!")).toBe("hey-gradient.onnx");
  expect(fileName("Öffne dich")).toBe("öffne-dich.onnx");
  expect(fileName("  ?! ")).toBe("wake-word.onnx");
  expect(wordOfFile("hey-gradient (2).onnx")).toBe("hey gradient");
  expect(fileStatus(STARTING)).toBe("Nothing to download yet: train first.");
  expect(fileStatus(done)).toBe(
    "Read again, the file gives the probabilities of the network, to a millionth.",
  );
  expect(fileStatus({ ...done, refusal: "no model" })).toBe("Error: no model.");
  const opened: SessionState = { ...done, listener: { word: "aurora", from: "file" } };
  expect(fileStatus(opened)).toBe("“aurora” is open. Listen with it.");
});

test("the page begins with the texts that it writes", () => {
  const html = readFileSync(new URL("../index.html", import.meta.url), "utf8");
  const silent = { from: undefined, hits: 0 };
  for (const text of [
    statusOf(STARTING),
    listeningStatus(STARTING, silent),
    fileStatus(STARTING),
  ]) {
    expect(html).toContain(`role="status">${text}<`);
  }
});
