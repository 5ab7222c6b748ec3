/** The takes of both kinds: cards with a picture, to play and to delete. */

import { play } from "../audio/sources.ts";
import type { Takes } from "../model/settings.ts";
import { type Kind, takesHint } from "../words.ts";
import { drawTake } from "./drawing.ts";
import { find, write } from "./elements.ts";

interface Take {
  readonly id: number;
  readonly clip: Float32Array<ArrayBuffer>;
  readonly card: HTMLLIElement;
  readonly canvas: HTMLCanvasElement;
  readonly buttons: { readonly play: HTMLButtonElement; readonly delete: HTMLButtonElement };
  spectrogram: Float32Array | undefined;
}

const OF: Readonly<Record<Kind, string>> = { word: "the word", other: "anything else" };

export class TakeList {
  readonly #takes: Record<Kind, Take[]> = { word: [], other: [] };
  readonly #changed: () => void;
  readonly #ask: (id: number, clip: Float32Array<ArrayBuffer>) => void;
  #next = 1;

  /** @param changed is called when takes come or go. @param ask for the spectrogram of a clip, which `show` is given. */
  constructor(changed: () => void, ask: (id: number, clip: Float32Array<ArrayBuffer>) => void) {
    this.#changed = changed;
    this.#ask = ask;
    const redraw = () => {
      for (const take of this.#all()) draw(take);
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    new ResizeObserver(redraw).observe(find("wordTakes", HTMLElement));
    this.#number("word");
    this.#number("other");
  }

  /** The clips, to train with. */
  get clips(): Takes {
    const clips = (kind: Kind) => this.#takes[kind].map(({ clip }) => clip);
    return { word: clips("word"), other: clips("other") };
  }

  get counts(): Readonly<Record<Kind, number>> {
    return { word: this.#takes.word.length, other: this.#takes.other.length };
  }

  add(kind: Kind, clip: Float32Array<ArrayBuffer>): void {
    const take = makeTake(this.#next, clip);
    this.#next += 1;
    take.buttons.play.addEventListener("click", () => play(clip));
    take.buttons.delete.addEventListener("click", () => this.#delete(kind, take));
    this.#takes[kind].push(take);
    find(`${kind}Takes`, HTMLElement).append(take.card);
    this.#number(kind);
    draw(take);
    this.#ask(take.id, clip);
    this.#changed();
  }

  /** Draws the spectrogram of a take. */
  show(id: number, spectrogram: Float32Array): void {
    const take = this.#all().find((each) => each.id === id);
    if (take === undefined) return;
    take.spectrogram = spectrogram;
    draw(take);
  }

  #delete(kind: Kind, take: Take): void {
    const takes = this.#takes[kind];
    const index = takes.indexOf(take);
    takes.splice(index, 1);
    take.card.remove();
    this.#number(kind);
    // The focus moves to a neighbouring take.
    const next = takes[Math.min(index, takes.length - 1)];
    const recorder = find(kind === "word" ? "recordWord" : "recordOther", HTMLButtonElement);
    (next?.buttons.delete ?? recorder).focus();
    this.#changed();
  }

  #number(kind: Kind): void {
    this.#takes[kind].forEach(({ canvas, buttons }, i) => {
      const name = `take ${i + 1} of ${OF[kind]}`;
      canvas.setAttribute("aria-label", `Waveform and spectrogram of ${name}`);
      buttons.play.setAttribute("aria-label", `Play ${name}`);
      buttons.delete.setAttribute("aria-label", `Delete ${name}`);
    });
    write(`${kind}Hint`, takesHint(kind, this.#takes[kind].length));
  }

  #all(): Take[] {
    return [...this.#takes.word, ...this.#takes.other];
  }
}

const draw = ({ canvas, clip, spectrogram }: Take) => drawTake(canvas, clip, spectrogram);

function makeTake(id: number, clip: Float32Array<ArrayBuffer>): Take {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  const [play, remove] = [iconButton("▶"), iconButton("✕")];
  const bar = document.createElement("div");
  bar.append(play, remove);
  const card = document.createElement("li");
  card.append(canvas, bar);
  return { id, clip, card, canvas, buttons: { play, delete: remove }, spectrogram: undefined };
}

function iconButton(icon: string): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon";
  // The sign is hidden from screen readers, since the button has a label.
  const sign = document.createElement("span");
  sign.setAttribute("aria-hidden", "true");
  sign.textContent = icon;
  button.append(sign);
  return button;
}
