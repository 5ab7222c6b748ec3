/** Takes come from the microphone, or from the synthesizer. */

import { centred, loudness, RATE, SILENCE } from "../audio/clip.ts";
import { Recent } from "../audio/recording.ts";
import { resample } from "../audio/resample.ts";
import { microphone } from "../audio/sources.ts";
import { type Kind, microphoneProblem, nameOf, tooQuiet } from "../words.ts";
import { find, write } from "./elements.ts";
import { SYNTHETIC_WORD, syntheticOther, syntheticWord } from "./synthetic.ts";
import type { TakeList } from "./takes.ts";

/** The length of a recording, in seconds; a clip of 1.3 s is cut out of it. */
const SECONDS = 1.8;
/** The time that is skipped at the beginning, in seconds, because of the click of the button. */
const CLICK = 0.1;
/** The number of takes of each kind that the synthesizer makes. */
const SYNTHETIC_TAKES = 5;

const buttons: Readonly<Record<Kind, HTMLButtonElement>> = {
  word: find("recordWord", HTMLButtonElement),
  other: find("recordOther", HTMLButtonElement),
};

/** Makes the buttons work. @param word returns the word that the user has typed. */
export function startRecorder(takes: TakeList, word: HTMLInputElement): void {
  let isBusy = false;
  for (const kind of ["word", "other"] as const) {
    buttons[kind].addEventListener("click", async () => {
      if (isBusy) return;
      isBusy = true;
      try {
        await record(kind, takes, word.value.trim());
      } finally {
        isBusy = false;
        buttons[kind].classList.remove("recording");
      }
    });
  }
  find("synthetic", HTMLButtonElement).addEventListener("click", () => {
    if (word.value.trim() === "") {
      word.value = SYNTHETIC_WORD;
      word.dispatchEvent(new Event("input"));
    }
    for (let i = 0; i < SYNTHETIC_TAKES; i += 1) {
      takes.add("word", syntheticWord());
      takes.add("other", syntheticOther());
    }
    write(
      "recordStatus",
      `A voice that is computed has said “${SYNTHETIC_WORD}”, and other words.`,
    );
  });
}

async function record(kind: Kind, takes: TakeList, word: string): Promise<void> {
  const button = buttons[kind];
  write("recordStatus", "Waiting for the microphone.");
  let samples: Float32Array<ArrayBuffer>;
  try {
    samples = await fromMicrophone(() => {
      write(
        "recordStatus",
        kind === "word" ? `Say ${nameOf(word)} now.` : "Say something else now.",
      );
      button.classList.add("recording");
    });
  } catch (error) {
    write("recordStatus", microphoneProblem(error));
    return;
  }
  const level = loudness(samples);
  if (kind === "word" && level < SILENCE) {
    write("recordStatus", tooQuiet(level));
    return;
  }
  takes.add(kind, centred(samples));
  write(
    "recordStatus",
    "Recorded. Play it to hear whether all of it is there, or record the next one.",
  );
}

/** Resolves to a recording of 16,000 Hz. @param began is called when the microphone sends sound. */
async function fromMicrophone(began: () => void): Promise<Float32Array<ArrayBuffer>> {
  const { promise, resolve, reject } = deferred<Float32Array<ArrayBuffer>>();
  let recent: Recent | undefined;
  let skipped = 0;
  const source = await microphone((block) => {
    if (recent === undefined) return;
    if (skipped < CLICK * source.rate) {
      skipped += block.length;
      return;
    }
    recent.add(block);
    if (!recent.isFull) return;
    source.stop();
    resolve(recent.samples());
  });
  recent = new Recent(Math.round(SECONDS * source.rate));
  began();
  // An unplugged microphone sends no more blocks, so the recording has a timeout.
  const patience = setTimeout(() => {
    source.stop();
    reject(new Error("it gave no sound for five seconds"));
  }, 5_000);
  try {
    return resample(await promise, source.rate, RATE);
  } finally {
    clearTimeout(patience);
  }
}

function deferred<Value>() {
  let [resolve, reject]: [(value: Value) => void, (error: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<Value>((resolved, rejected) => {
    [resolve, reject] = [resolved, rejected];
  });
  return { promise, resolve, reject };
}
