/** The input of the model: an example, a picture or noise, and the reader's settings of it. */

import type { Tensor } from "@graddiff/core";
import type { ImportedValue } from "@graddiff/onnx";
import { picturePixels } from "./colours.ts";
import { find } from "./find.ts";
import {
  brightnessOf,
  brightnessOfHex,
  formOf,
  type InputForm,
  isFloatForm,
  noiseFor,
  SCALES,
  type Scale,
  type ScaleName,
  scaled,
  toBrightness,
} from "./inputs.ts";
import { labelled, paint } from "./nodeView.ts";
import { type Neuron, Walk } from "./walk.ts";

/** The numbers that the model is given. */
export interface Given {
  readonly tensors: readonly Tensor[];
  /** The index of the input for which gradients are computed; undefined if no input has floats. */
  readonly place: number | undefined;
  readonly form: InputForm | undefined;
  /** The numbers of that input; for a picture, brightness from 0 to 1. */
  readonly numbers: ArrayLike<number>;
  readonly scale: Scale;
  /** The description of the input before all steps. */
  readonly name: string;
  /** The neuron of each step that has changed the numbers. */
  readonly steps: readonly Neuron[];
}

/** Pictures that belong to a model. */
export interface Samples {
  readonly size: number;
  /** The names and grey pixels of the samples, row by row, each from "00" to "ff". */
  readonly samples: readonly { readonly name: string; readonly pixels: string }[];
}

const scale = find("scale", HTMLSelectElement);
const which = find("which-input", HTMLSelectElement);
const picture = find("picture", HTMLButtonElement);
const form = find("input-form", HTMLFormElement);

export class InputView {
  readonly #changed: (given: Given) => void;
  #values: readonly ImportedValue[] = [];
  #forms: readonly InputForm[] = [];
  #lengths = new Map<string, number>();
  #place: number | undefined;
  #seed = 1;
  /** The description of the source of the numbers. */
  #source = "";
  readonly #walk = new Walk();
  #bitmap: ImageBitmap | undefined;

  /** @param changed a callback that receives each new input. */
  constructor(changed: (given: Given) => void, failed: (text: string) => void) {
    this.#changed = changed;
    for (const [key, { name }] of Object.entries(SCALES)) scale.add(new Option(name, key));
    // A change of the scale undoes the steps, whose gradients were for the other scale.
    scale.addEventListener("change", () => this.back());
    find("noise", HTMLButtonElement).addEventListener("click", () => {
      this.#seed++;
      this.#useNoise();
    });
    which.addEventListener("change", () => {
      this.#place = Number(which.value);
      this.#useNoise();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    const file = find("picture-file", HTMLInputElement);
    picture.addEventListener("click", () => file.click());
    file.addEventListener("change", () => {
      const [chosen] = file.files ?? [];
      if (chosen)
        this.takePicture(chosen).catch((error) => failed(String(error?.message ?? error)));
      file.value = "";
    });
  }

  /** Shows the inputs of another model. */
  show(values: readonly ImportedValue[], samples: Samples | undefined): void {
    this.#values = values;
    form.inert = false;
    this.#lengths = new Map();
    this.#seed = 1;
    this.#bitmap = undefined;
    scale.value = "unit";
    this.#readForms();
    const floats = this.#forms.flatMap((each, i) => (isFloatForm(each) ? [i] : []));
    this.#place = floats.find((i) => this.#forms[i]?.picture) ?? floats[0];
    which.replaceChildren(...floats.map((i) => new Option(this.#forms[i]?.name, String(i))));
    if (this.#place !== undefined) which.value = String(this.#place);
    find("which", HTMLElement).hidden = floats.length < 2;
    this.#showLengths();
    this.#showSamples(samples);
    const [first] = samples?.samples ?? [];
    if (samples && first) this.#useSample(first);
    else this.#useNoise();
  }

  /** Clears the view, until another model is opened. */
  clear(): void {
    this.#values = [];
    this.#forms = [];
    this.#place = undefined;
    this.#source = "";
    this.#walk.use([]);
    this.#showSamples(undefined);
    form.inert = true;
    find("input-facts", HTMLElement).textContent = "\u00a0";
  }

  /** Uses a picture of the reader, scaled to the size of the input. */
  async takePicture(file: Blob): Promise<void> {
    if (!this.#form?.picture) {
      throw new Error("This model has no input that is a picture: [1, 1 or 3, height, width].");
    }
    try {
      this.#bitmap = await createImageBitmap(file);
    } catch {
      throw new Error("This file is no picture that the browser can read.");
    }
    this.#usePicture();
  }

  /** Makes a step of the input along the gradient of a neuron. */
  stepAlong(gradient: ArrayLike<number>, neuron: Neuron): void {
    const { scale: used } = this.#given();
    const shape = this.#form?.picture;
    this.#walk.step(shape ? toBrightness(gradient, shape, used) : gradient, neuron);
    this.#give();
  }

  back(): void {
    this.#walk.back();
    this.#give();
  }

  /** True if lengths other than the batch size are open in the model. */
  get hasOpenLengths(): boolean {
    return this.#forms.some(({ open }) => open.length > 0);
  }

  get #form(): InputForm | undefined {
    return this.#place === undefined ? undefined : this.#forms[this.#place];
  }

  #readForms(): void {
    this.#forms = this.#values.map((value) => formOf(value, this.#lengths));
  }

  #useSample({ name, pixels }: Samples["samples"][number]): void {
    this.#bitmap = undefined;
    this.#use(`a handwritten ${name}`, brightnessOfHex(pixels));
  }

  #usePicture(): void {
    const shape = this.#form?.picture;
    if (!shape || !this.#bitmap) return;
    const { height, width } = shape;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { height, width });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return;
    context.imageSmoothingQuality = "high";
    // The picture is cropped to its middle, so that it is not distorted; transparent parts become white.
    const { width: wide, height: high } = this.#bitmap;
    const rate = Math.min(wide / width, high / height);
    const [across, down] = [rate * width, rate * height];
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    const [left, top] = [(wide - across) / 2, (high - down) / 2];
    context.drawImage(this.#bitmap, left, top, across, down, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    this.#use("your picture", brightnessOf(data, shape));
  }

  #useNoise(): void {
    this.#bitmap = undefined;
    const numbers = this.#form ? noiseFor(this.#form, this.#seed).data() : [];
    this.#use(`noise of seed ${this.#seed}`, numbers);
  }

  #use(name: string, numbers: ArrayLike<number>): void {
    this.#source = name;
    this.#walk.use(numbers);
    this.#give();
  }

  #given(): Given {
    const used = SCALES[scale.value as ScaleName] ?? SCALES.unit;
    const chosen = this.#form;
    const own = chosen?.picture ? used : SCALES.unit;
    const { numbers, steps } = this.#walk;
    const tensors = this.#forms.map((each, i) =>
      each === chosen ? scaled(numbers, each, own) : noiseFor(each, this.#seed + i),
    );
    const name = this.#source;
    return { tensors, place: this.#place, form: chosen, numbers, scale: own, name, steps };
  }

  #give(): void {
    const isPicture = this.#form?.picture !== undefined;
    picture.hidden = !isPicture;
    find("scaling", HTMLElement).hidden = !isPicture;
    const texts = this.#forms.map(
      ({ name, dtype, shape }) => `${name}: ${dtype} [${shape.join(", ")}]`,
    );
    const open = this.#values.flatMap(({ shape }, i) => {
      const first = shape?.[0];
      return typeof first === "number" || shape?.length === 0 ? [] : [this.#forms[i]?.name ?? ""];
    });
    const batch = open.length > 0 ? `. The length of the batch is open, and 1 here` : "";
    find("input-facts", HTMLElement).textContent = `${texts.join("; ")}${batch}.`;
    this.#changed(this.#given());
  }

  #showLengths(): void {
    const open = new Map(
      this.#forms.flatMap(({ open }) => open.map((each) => [each.name, each] as const)),
    );
    find("lengths", HTMLElement).replaceChildren(
      ...[...open.values()].map(({ name, length }) => {
        const field = document.createElement("input");
        Object.assign(field, { type: "number", min: "1", max: "4096", step: "1", required: true });
        field.value = String(length);
        field.addEventListener("change", () => {
          if (!field.reportValidity()) return;
          this.#lengths.set(name, field.valueAsNumber);
          this.#readForms();
          if (this.#bitmap) this.#usePicture();
          else this.#useNoise();
        });
        return labelled(name, field);
      }),
    );
  }

  #showSamples(samples: Samples | undefined): void {
    const host = find("samples", HTMLElement);
    host.hidden = samples === undefined;
    host.replaceChildren(
      ...(samples?.samples ?? []).map((sample) => {
        const button = document.createElement("button");
        const canvas = document.createElement("canvas");
        const pixels = picturePixels(brightnessOfHex(sample.pixels), 1);
        paint(canvas, pixels, samples?.size ?? 1);
        button.type = "button";
        button.setAttribute("aria-label", `A handwritten ${sample.name}`);
        button.append(canvas);
        button.addEventListener("click", () => this.#useSample(sample));
        return button;
      }),
    );
  }
}
