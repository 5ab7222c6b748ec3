/** The result of a node: channels as tiles or units as bars, with a chosen one, and a chosen pixel in it. */

import { barOf, type Range, rangeOf } from "./bars.ts";
import { divergingPixels } from "./colours.ts";
import { formatNumber } from "./format.ts";
import { largestOf } from "./inputs.ts";
import { arrangementOf, largestNeuron, numberOf, type Pick, type Seen } from "./neuron.ts";

/** The number of channels or units that are shown at once. */
const AT_ONCE = 64;

/** The width from which on an image is smoothed when it is scaled down. */
const FINE = 96;

/** The pixels of the longer side of the enlarged channel. */
const LARGE = 448;

export class NodeView {
  readonly #host: HTMLElement;
  readonly #place: HTMLElement;
  readonly #whole = document.createElement("canvas");
  readonly #row = numberField();
  readonly #column = numberField();
  readonly #mean = document.createElement("button");
  readonly #pick: (pick: Pick) => void;
  #seen: Seen | undefined;
  #chosen: Pick = { channel: 0 };
  #shown = AT_ONCE;
  #buttons: HTMLButtonElement[] = [];

  /**
   * @param place the element for the enlarged channel.
   * @param pick a callback that receives the reader's choice.
   */
  constructor(host: HTMLElement, place: HTMLElement, pick: (pick: Pick) => void) {
    this.#host = host;
    this.#place = place;
    this.#pick = pick;
    this.#mean.type = "button";
    this.#mean.textContent = "Mean of the channel";
    this.#mean.addEventListener("click", () => this.#choose({ channel: this.#chosen.channel }));
    this.#whole.setAttribute("role", "img");
    this.#whole.addEventListener("click", (event) => {
      if (!this.#seen) return;
      const form = arrangementOf(this.#seen.shape);
      const { left, top, width, height } = this.#whole.getBoundingClientRect();
      this.#choosePlace(
        Math.floor(((event.clientY - top) / height) * form.height),
        Math.floor(((event.clientX - left) / width) * form.width),
      );
    });
    for (const field of [this.#row, this.#column]) {
      field.addEventListener("change", () => {
        if (!this.#row.checkValidity() || !this.#column.checkValidity()) field.reportValidity();
        else if (this.#row.value !== "" && this.#column.value !== "") {
          this.#choosePlace(this.#row.valueAsNumber, this.#column.valueAsNumber);
        }
      });
    }
    const controls = document.createElement("div");
    controls.className = "controls";
    controls.append(labelled("Row", this.#row), labelled("Column", this.#column), this.#mean);
    const hint = document.createElement("p");
    hint.className = "muted";
    hint.textContent = "Click a place in it to look at that one neuron.";
    const side = document.createElement("div");
    side.append(hint, controls);
    this.#place.replaceChildren(this.#whole, side);
  }

  /** Shows another node, or the same one for another input. */
  show(seen: Seen, chosen: Pick, isNew: boolean): void {
    this.#seen = seen;
    this.#chosen = chosen;
    if (isNew) this.#shown = AT_ONCE;
    this.#draw();
  }

  clear(): void {
    this.#seen = undefined;
    this.#host.replaceChildren();
    this.#place.hidden = true;
  }

  #choosePlace(row: number, column: number): void {
    this.#choose({ channel: this.#chosen.channel, place: { row, column } });
  }

  #choose(pick: Pick): void {
    this.#chosen = pick;
    this.#mark();
    this.#pick(pick);
  }

  #draw(): void {
    if (!this.#seen) return;
    const { channels, height, width } = arrangementOf(this.#seen.shape);
    const isUnits = height * width === 1;
    const most = largestOf(this.#seen.numbers);
    const range = rangeOf(this.#seen.numbers);
    const focused = this.#buttons.indexOf(document.activeElement as HTMLButtonElement);
    this.#buttons = [];
    for (let channel = 0; channel < Math.min(channels, this.#shown); channel++) {
      const button = isUnits ? this.#bar(channel, range) : this.#tile(channel, most);
      button.type = "button";
      button.addEventListener("click", () => {
        if (this.#seen) this.#choose(largestNeuron(this.#seen.numbers, this.#seen.shape, channel));
      });
      this.#buttons.push(button);
    }
    const list = document.createElement("div");
    list.className = isUnits ? "bars" : "tiles";
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", isUnits ? "Units" : "Channels");
    list.append(...this.#buttons);
    this.#host.replaceChildren(list);
    if (channels > this.#shown) {
      const more = document.createElement("button");
      more.type = "button";
      more.textContent = `More of ${channels.toLocaleString("en")}`;
      more.addEventListener("click", () => {
        const first = this.#shown;
        this.#shown += AT_ONCE;
        this.#draw();
        this.#buttons[first]?.focus();
      });
      this.#host.append(more);
    }
    this.#buttons[focused]?.focus({ preventScroll: true });
    this.#place.hidden = isUnits;
    // One channel alone is shown at large.
    this.#host.hidden = channels === 1 && !isUnits;
    this.#mark();
  }

  #mark(): void {
    const { channel, place } = this.#chosen;
    for (const [i, button] of this.#buttons.entries()) {
      button.setAttribute("aria-pressed", String(i === channel));
    }
    if (!this.#seen || this.#place.hidden) return;
    const { height, width } = arrangementOf(this.#seen.shape);
    this.#enlarge(channel, Math.max(1, Math.floor(LARGE / Math.max(height, width))));
    this.#whole.setAttribute("aria-label", `Channel ${channel} at large`);
    this.#row.max = String(height - 1);
    this.#column.max = String(width - 1);
    const at = [
      [this.#row, place?.row],
      [this.#column, place?.column],
    ] as const;
    for (const [field, number] of at) {
      // A number is not replaced while it is being typed.
      if (field !== document.activeElement) field.value = String(number ?? "");
    }
    this.#mean.setAttribute("aria-pressed", String(!place));
    const context = this.#whole.getContext("2d");
    if (!context || !place) return;
    // The frame is black and white, so that it is visible on every colour.
    const rate = this.#whole.width / width;
    for (const [colour, inset] of [
      ["#000", 1],
      ["#fff", 3],
    ] as const) {
      context.lineWidth = 2;
      context.strokeStyle = colour;
      const side = Math.max(2, rate - 2 * inset);
      context.strokeRect(place.column * rate + inset, place.row * rate + inset, side, side);
    }
  }

  #tile(channel: number, most: number): HTMLButtonElement {
    const button = document.createElement("button");
    const canvas = document.createElement("canvas");
    this.#paint(canvas, channel, most);
    const number = document.createElement("span");
    number.textContent = String(channel);
    button.setAttribute("aria-label", `Channel ${channel}, largest ${this.#number(channel)}`);
    button.append(canvas, number);
    return button;
  }

  #bar(channel: number, range: Range): HTMLButtonElement {
    const button = document.createElement("button");
    const name = document.createElement("span");
    name.textContent = String(channel);
    const meter = document.createElement("span");
    const value = Number(this.#seen?.numbers[channel]);
    meter.className = value < 0 ? "meter below" : "meter";
    // The script sets the styles, since the content security policy forbids styles in markup.
    for (const [name, share] of Object.entries(barOf(value, range))) {
      meter.style.setProperty(`--${name}`, String(share));
    }
    const number = document.createElement("span");
    number.textContent = this.#number(channel);
    button.setAttribute("aria-label", `Unit ${channel} ${number.textContent}`);
    button.append(name, " ", meter, " ", number);
    return button;
  }

  #number(channel: number): string {
    if (!this.#seen) return "";
    const { numbers, shape } = this.#seen;
    return formatNumber(numberOf(numbers, shape, largestNeuron(numbers, shape, channel)));
  }

  /** @param rate screen pixels for each pixel of the channel; a frame is drawn around the chosen pixel. */
  #enlarge(channel: number, rate: number): void {
    const small = document.createElement("canvas");
    this.#paint(small, channel, largestOf(this.#seen?.numbers ?? []));
    Object.assign(this.#whole, { width: small.width * rate, height: small.height * rate });
    const context = this.#whole.getContext("2d");
    if (!context) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, this.#whole.width, this.#whole.height);
  }

  #paint(canvas: HTMLCanvasElement, channel: number, most: number): void {
    if (!this.#seen) return;
    const { height, width } = arrangementOf(this.#seen.shape);
    const area = height * width;
    paint(canvas, divergingPixels(this.#seen.numbers, most, channel * area, area), width);
  }
}

/** Sets the size of a canvas to that of an image, and draws the image. */
export function paint(
  canvas: HTMLCanvasElement,
  bytes: Uint8ClampedArray<ArrayBuffer>,
  width: number,
): void {
  const image = new ImageData(bytes, width);
  Object.assign(canvas, { width, height: image.height });
  // Small images show sharp pixels; large ones are smoothed, since scaling without it would add patterns.
  canvas.classList.toggle("fine", width >= FINE);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

function numberField(): HTMLInputElement {
  const field = document.createElement("input");
  Object.assign(field, { type: "number", min: "0", step: "1" });
  return field;
}

export function labelled(name: string, field: HTMLElement): HTMLLabelElement {
  const label = document.createElement("label");
  label.append(`${name} `, field);
  return label;
}
