/**
 * Export of the stage as a picture: its computed colours and fonts become attributes.
 */

/** The properties of style that are copied; all of them are inherited. */
const LOOKS = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linejoin",
  "paint-order",
  "font-family",
  "font-size",
  "font-weight",
  "font-style",
  "text-anchor",
] as const;

const MARGIN = 12;
/** The pixels of the picture for each pixel of the page. */
const DENSITY = 2;

/** Returns the stage as an SVG document. */
export function pictureOf(stage: SVGSVGElement): string {
  const copy = stage.cloneNode(true) as SVGSVGElement;
  const originals = [stage, ...stage.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  originals.forEach((original, i) => {
    const style = getComputedStyle(original);
    const part = copies[i];
    if (style.visibility === "hidden" || isEmptyText(original)) part?.classList.add("target");
    const above = original === stage ? undefined : original.parentElement;
    const inherited = above && getComputedStyle(above);
    for (const look of LOOKS) {
      const value = style.getPropertyValue(look);
      if (value !== inherited?.getPropertyValue(look)) part?.setAttribute(look, value);
    }
  });
  for (const part of copy.querySelectorAll(".target, .fold")) part.remove();
  for (const part of copies) {
    for (const name of ["class", "tabindex", "role", "aria-label", "aria-pressed", "data-node"]) {
      part.removeAttribute(name);
    }
  }
  const { x, y, width, height } = stage.viewBox.baseVal;
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const size = {
    x: x - MARGIN,
    y: y - MARGIN,
    width: width + 2 * MARGIN,
    height: height + 2 * MARGIN,
  };
  for (const [name, value] of Object.entries(size)) paper.setAttribute(name, String(value));
  const canvas = stage.closest(".canvas") ?? stage;
  paper.setAttribute("fill", getComputedStyle(canvas).backgroundColor);
  const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
  title.textContent = stage.getAttribute("aria-label");
  copy.prepend(title, paper);
  copy.setAttribute("viewBox", `${size.x} ${size.y} ${size.width} ${size.height}`);
  copy.setAttribute("width", String(size.width));
  copy.setAttribute("height", String(size.height));
  return new XMLSerializer().serializeToString(copy);
}

function isEmptyText({ tagName, textContent }: Element): boolean {
  return (tagName === "text" || tagName === "tspan") && textContent === "";
}

/** Saves a stage as SVG. */
export function saveSvg(drawn: SVGSVGElement, name: string): void {
  download(new Blob([pictureOf(drawn)], { type: "image/svg+xml" }), `${name}.svg`);
}

/** Saves a stage as PNG. */
export async function savePng(drawn: SVGSVGElement, name: string): Promise<void> {
  const address = URL.createObjectURL(new Blob([pictureOf(drawn)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * DENSITY;
    canvas.height = image.naturalHeight * DENSITY;
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => {
      if (blob !== null) download(blob, `${name}.png`);
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}

function download(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
