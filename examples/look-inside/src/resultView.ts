/** A neuron: its number, the input, and beside it the gradient. */

import type { TypedArray } from "@graddiff/core";
import { divergingPixels, picturePixels } from "./colours.ts";
import { find } from "./find.ts";
import { formatNumber } from "./format.ts";
import { gridOf, largestOf, toBrightness, toPixels } from "./inputs.ts";
import type { Given } from "./inputView.ts";
import { paint } from "./nodeView.ts";
import type { Neuron } from "./walk.ts";
import { wordsOf } from "./words.ts";

const canvases = {
  input: find("input-picture", HTMLCanvasElement),
  gradient: find("gradient-picture", HTMLCanvasElement),
  legend: find("legend", HTMLCanvasElement),
};
const texts = {
  name: find("neuron-name", HTMLElement),
  number: find("neuron-number", HTMLElement),
  input: find("input-caption", HTMLElement),
  gradient: find("gradient-caption", HTMLElement),
  low: find("legend-low", HTMLElement),
  zero: find("legend-zero", HTMLElement),
  high: find("legend-high", HTMLElement),
  meaning: find("meaning", HTMLElement),
  unit: find("unit", HTMLElement),
  growth: find("growth", HTMLElement),
  back: find("back", HTMLButtonElement),
};
const uphill = find("uphill", HTMLButtonElement);

export class ResultView {
  #given: Given | undefined;
  #neuron: Neuron | undefined;
  /** The gradient of the neuron with respect to the numbers of the input; undefined while another one is computed. */
  #gradient: TypedArray | undefined;
  /** The largest absolute value of the drawn numbers. */
  #largest: number | undefined;

  constructor(listeners: {
    readonly step: (gradient: TypedArray, neuron: Neuron) => void;
    readonly back: () => void;
  }) {
    paint(
      canvases.legend,
      divergingPixels(
        Array.from({ length: 257 }, (_, i) => i - 128),
        128,
      ),
      257,
    );
    uphill.addEventListener("click", () => {
      if (this.#gradient && this.#neuron) listeners.step(this.#gradient, this.#neuron);
    });
    texts.back.addEventListener("click", () => listeners.back());
  }

  showInput(given: Given): void {
    this.#given = given;
    this.wait();
    texts.back.disabled = given.steps.length === 0;
    if (given.form?.picture) {
      const { channels, width } = given.form.picture;
      paint(canvases.input, picturePixels(given.numbers, channels), width);
    } else {
      paintNumbers(canvases.input, given.numbers, gridOf(given.form?.shape ?? []));
    }
    canvases.input.setAttribute("aria-label", `The input: ${texts.input.textContent}`);
  }

  /** Disables steps until the answer comes, since the present gradient belongs to another request. */
  wait(): void {
    this.#gradient = undefined;
    this.#neuron = undefined;
    this.#write();
  }

  /** Clears the view, until another model is opened. */
  clear(): void {
    this.#given = undefined;
    texts.back.disabled = true;
    paint(canvases.input, new Uint8ClampedArray(4), 1);
    this.showNone("Neuron", "");
  }

  /** Shows the reason why there is no gradient, or not yet. */
  showNone(name: string, why: string): void {
    this.#neuron = undefined;
    this.#gradient = undefined;
    this.#largest = undefined;
    this.#write();
    texts.name.textContent = name;
    texts.number.textContent = "";
    texts.meaning.textContent = why;
    uphill.disabled = true;
    paint(canvases.gradient, new Uint8ClampedArray(4), 1);
    canvases.gradient.setAttribute("aria-label", "No gradient");
  }

  /** @param gradient the gradient by the numbers of the model's input. */
  show(neuron: Neuron, gradient: TypedArray): void {
    if (!this.#given) return;
    const { form, scale } = this.#given;
    const shown = form?.picture
      ? toPixels(toBrightness(gradient, form.picture, scale), form.picture)
      : gradient;
    const largest = largestOf(shown);
    const size = form?.picture ?? gridOf(form?.shape ?? []);
    paintNumbers(canvases.gradient, shown, size, largest);
    this.#neuron = neuron;
    this.#gradient = gradient;
    this.#largest = largest;
    this.#write();
    texts.name.textContent = neuron.name;
    texts.number.textContent = formatNumber(neuron.number);
    const label = `The gradient: ${largest === 0 ? "0 everywhere" : `up to ${formatNumber(largest)}`}`;
    canvases.gradient.setAttribute("aria-label", label);
    uphill.disabled = largest === 0;
  }

  #write(): void {
    const { name, form, numbers = [], steps = [] } = this.#given ?? {};
    const words = wordsOf({
      source: name,
      isPicture: form?.picture !== undefined,
      numbers,
      steps,
      neuron: this.#neuron,
      largest: this.#largest,
    });
    for (const [key, text] of Object.entries(words)) {
      texts[key as keyof typeof words].textContent = text;
    }
  }
}

function paintNumbers(
  canvas: HTMLCanvasElement,
  numbers: ArrayLike<number>,
  { height, width }: { readonly height: number; readonly width: number },
  most = largestOf(numbers),
): void {
  // The unused pixels of the last row are transparent.
  const bytes = new Uint8ClampedArray(4 * height * width);
  bytes.set(divergingPixels(numbers, most));
  paint(canvas, bytes, width);
}
