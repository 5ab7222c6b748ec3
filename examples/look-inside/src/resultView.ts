/** A neuron: its number, the input, and beside it the gradient. */

import type { TypedArray } from "@graddiff/core";
import { divergingPixels, picturePixels } from "./colours.ts";
import { find } from "./find.ts";
import { formatNumber } from "./format.ts";
import { gridOf, largestOf, STEP, toBrightness, toPixels } from "./inputs.ts";
import type { Given } from "./inputView.ts";
import { paint } from "./nodeView.ts";

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
  words: find("words", HTMLElement),
  unit: find("unit", HTMLElement),
  growth: find("growth", HTMLElement),
};
const uphill = find("uphill", HTMLButtonElement);
const back = find("back", HTMLButtonElement);

/** Of a neuron that the page is told of. */
export interface Neuron {
  readonly name: string;
  readonly number: number;
}

export class ResultView {
  #given: Given | undefined;
  #neuron: Neuron | undefined;
  #gradient: TypedArray | undefined;
  /** The number before steps uphill, of the neuron of this name. */
  #before: Neuron | undefined;

  constructor(listeners: {
    readonly step: (gradient: TypedArray) => void;
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
      if (!this.#gradient) return;
      this.#before ??= this.#neuron;
      listeners.step(this.#gradient);
    });
    back.addEventListener("click", () => listeners.back());
  }

  showInput(given: Given): void {
    this.#given = given;
    if (!given.isMoved) this.#before = undefined;
    back.disabled = !given.isMoved;
    texts.growth.textContent = "";
    texts.input.textContent = given.isMoved ? `${given.name}, moved uphill` : given.name;
    canvases.input.setAttribute("aria-label", `The input: ${texts.input.textContent}`);
    if (given.form?.picture) {
      const { channels, width } = given.form.picture;
      paint(canvases.input, picturePixels(given.numbers, channels), width);
    } else {
      paintNumbers(canvases.input, given.numbers, gridOf(given.form?.shape ?? []));
    }
  }

  /** Until there is another model. */
  clear(): void {
    this.#given = undefined;
    this.#before = undefined;
    texts.input.textContent = "the input";
    back.disabled = true;
    paint(canvases.input, new Uint8ClampedArray(4), 1);
    this.showNone("Neuron", "");
  }

  /** Before there is a gradient, or where there is none: it is said why. */
  showNone(name: string, why: string): void {
    this.#neuron = undefined;
    this.#gradient = undefined;
    texts.name.textContent = name;
    texts.number.textContent = "";
    texts.words.textContent = why;
    texts.unit.textContent = "";
    texts.gradient.textContent = "the gradient";
    texts.low.textContent = "";
    texts.zero.textContent = "";
    texts.high.textContent = "";
    texts.growth.textContent = "";
    uphill.disabled = true;
    paint(canvases.gradient, new Uint8ClampedArray(4), 1);
    canvases.gradient.setAttribute("aria-label", "No gradient");
  }

  /** @param gradient to the numbers that the model was given. */
  show(neuron: Neuron, gradient: TypedArray): void {
    if (!this.#given) return;
    this.#neuron = neuron;
    this.#gradient = gradient;
    const { form, scale } = this.#given;
    const shown = form?.picture
      ? toPixels(toBrightness(gradient, form.picture, scale), form.picture)
      : gradient;
    const largest = largestOf(shown);
    const size = form?.picture ?? gridOf(form?.shape ?? []);
    paintNumbers(canvases.gradient, shown, size, largest);
    texts.name.textContent = neuron.name;
    texts.number.textContent = formatNumber(neuron.number);
    texts.gradient.textContent = form?.picture ? "gradient to brightness" : "gradient to the input";
    texts.low.textContent = formatNumber(-largest);
    texts.zero.textContent = "0";
    texts.high.textContent = formatNumber(largest);
    const isPicture = form?.picture !== undefined;
    texts.words.textContent = wordsFor(largest, isPicture);
    texts.unit.textContent = isPicture
      ? `Numbers: its change per unit of brightness, 0 to 1. A step moves pixels by ${STEP} at most.`
      : `Numbers: its change per unit of the input. A step moves numbers by ${STEP} at most.`;
    const label = `The gradient: ${largest === 0 ? "0 everywhere" : `up to ${formatNumber(largest)}`}`;
    canvases.gradient.setAttribute("aria-label", label);
    uphill.disabled = largest === 0;
    this.#showGrowth();
  }

  #showGrowth(): void {
    if (!this.#before || !this.#neuron || this.#before.name !== this.#neuron.name) return;
    const [from, to] = [this.#before, this.#neuron].map(({ number }) => formatNumber(number));
    texts.growth.textContent = `From ${from} to ${to}.`;
  }
}

function wordsFor(largest: number, isPicture: boolean): string {
  if (!Number.isFinite(largest)) return "The gradient has numbers that are not finite.";
  if (largest === 0) {
    return "The gradient is 0 everywhere: small changes of the input do not change this neuron, as with a ReLU that is off.";
  }
  const what = isPicture ? "Brighter" : "A larger number";
  return `${what} where it is orange, and this neuron grows; where it is blue, and it shrinks.`;
}

function paintNumbers(
  canvas: HTMLCanvasElement,
  numbers: ArrayLike<number>,
  { height, width }: { readonly height: number; readonly width: number },
  most = largestOf(numbers),
): void {
  // Where the last row is not full, the rest of it is transparent.
  const bytes = new Uint8ClampedArray(4 * height * width);
  bytes.set(divergingPixels(numbers, most));
  paint(canvas, bytes, width);
}
